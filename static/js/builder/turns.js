// One request of a button at a time. What is pressed or sent meanwhile waits for its answer and is then
// pressed in the form as it is drawn by then, so no button overtakes another one and none is lost.
// The live check gives way: an answer to what the form was before must not be drawn over the new one.

const DOUBLE_CLICK_MS = 600;

// `live` is a selector of what checks while one types; `press` presses {name, value} in the new form.
export function takeTurns({ live, press }) {
  let turn = null;
  let waiting = [];
  let isMissed = false;
  let check = null;
  let sent = null;
  const overtaken = new WeakSet();
  const inside = (element) => element?.closest?.("#builder");

  const wait = ({ name, value }) => {
    const last = waiting.at(-1) ?? turn;
    // A double click is one wish, and a form that is drawn again is drawn once.
    if (last.name !== name || last.value !== value || name === "show") waiting.push({ name, value });
    waiting = waiting.filter((one, place) => one.name !== "show" || place === waiting.length - 1);
  };

  document.addEventListener("htmx:confirm", (event) => {
    const { elt } = event.detail;
    if (!turn || !inside(elt)) return;
    event.preventDefault();
    if (elt.matches(live)) isMissed = true;
    else wait(elt);
  });

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "builder-form") return;
    if (turn) {
      event.preventDefault();
      wait(event.submitter ?? { name: "show", value: "1" });
      return;
    }
    // The second half of a double click would break the first one off and send all of it again.
    const { submitter, timeStamp } = event;
    const isSecond = sent?.submitter === submitter && timeStamp - sent.timeStamp < DOUBLE_CLICK_MS;
    if (isSecond) event.preventDefault();
    else sent = { submitter, timeStamp };
  });

  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    const { elt, xhr } = detail;
    if (!inside(elt)) return;
    if (elt.matches(live)) {
      check = xhr;
      // Heard at the element itself: by then it may have been taken out of the page.
      elt.addEventListener("htmx:beforeOnLoad", dropOvertaken);
      return;
    }
    turn = { name: elt.name, value: elt.value, xhr, elt };
    elt.setAttribute("aria-busy", "true");
    // The rows of a list are renumbered: what is typed into them now would land in another one.
    if (elt.name === "remove") listOf(elt).inert = true;
    if (check) overtaken.add(check);
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!turn || detail.xhr !== turn.xhr) return;
    const { elt } = turn;
    turn = null;
    elt.removeAttribute("aria-busy");
    if (elt.name === "remove") listOf(elt).inert = false;
    go(detail.successful);
  });

  function dropOvertaken(event) {
    if (overtaken.has(event.detail.xhr)) event.preventDefault();
  }

  function go(isAnswered) {
    const [next, ...later] = isAnswered ? waiting : [];
    waiting = later;
    if (next) press(next);
    // A button that is not there any more takes no turn.
    if (waiting.length && !turn) go(true);
    if (!isMissed || turn) return;
    isMissed = false;
    if (isAnswered) document.getElementById("builder-form").dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function listOf(button) {
  return button.closest("fieldset.group").parentElement.closest("fieldset.group, .fold, form");
}
