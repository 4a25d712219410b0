// What is selected in an answer is the phrase of the link below it: where did the model see this?
// A click on the link ends the selection, so the last one stays.

const MOST_CHARACTERS = 1000;

document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  const text = selection.toString().trim().slice(0, MOST_CHARACTERS);
  const answer = selection.anchorNode?.parentElement?.closest("[data-answer]");
  const link = answer?.querySelector("[data-seen]");
  if (!link || !text) return;
  const address = new URL(link.href);
  address.searchParams.set("phrase", text);
  link.href = address.href;
});
