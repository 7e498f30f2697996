// The choices of a tab: spread out where there is room, folded behind their summary on a telephone.
import { CHOICES } from "../choices.js";
import { listed, segmented } from "./controls.js";
import { h } from "./dom.js";

const ROOM = "(min-width: 40rem)";

/** Choices by name (see choices.js), with what is chosen now in the summary. */
export function choicesBlock(app, names) {
  const choices = names.map((name) => CHOICES[name](app)).filter(Boolean);
  if (choices.length === 0) return null;
  const onChange = (key, value) => app.go({ [key]: value });
  const form = h(
    "form.bv-controls",
    { "aria-label": app.t("choices"), onsubmit: (event) => event.preventDefault() },
    choices.map((choice) => (choice.listed ? listed : segmented)(choice, onChange)),
  );
  const now = choices.map(chosen).join(" · ");
  const block = h(
    "details.bv-choices",
    { data: { key: "choices" } },
    h("summary", h("strong", app.t("choices.short")), ` ${now}`),
    form,
  );
  unfold(block);
  return block;
}

const chosen = ({ value, options }) =>
  options.find((option) => option.value === value)?.label ?? "";

/** Where there is room the summary is hidden, so the block is always open. */
function unfold(block) {
  const room = window.matchMedia(ROOM);
  block.open = room.matches;
  const adapt = () => {
    if (block.isConnected) block.open = room.matches;
    else room.removeEventListener("change", adapt);
  };
  room.addEventListener("change", adapt);
}
