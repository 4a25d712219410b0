// Files may be dropped anywhere on the page: beside the frame the browser would open them instead.
import { droppedFiles } from "./folders.js";

// `take` is given what was dropped. A quiet sender is shown while files are held over the page.
export function takeDrops(root, zone, isBusy, take) {
  const hover = (isOver) => {
    zone.toggleAttribute("data-over", isOver);
    if ("quiet" in root.dataset) root.hidden = !isOver && !isBusy();
  };
  for (const kind of ["dragenter", "dragover"]) {
    addEventListener(kind, (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      hover(true);
    });
  }
  addEventListener("dragleave", (event) => {
    // Between two elements of the page it is only passed on.
    if (!event.relatedTarget) hover(false);
  });
  addEventListener("drop", async (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    const files = await droppedFiles(event.dataTransfer);
    take(files);
    hover(false);
    root.scrollIntoView({ block: "nearest" });
  });
}

function holdsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
