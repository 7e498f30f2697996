// What the picture shows, written in the address so that a link gives the same picture.

export const TABS = [
  "essentiel",
  "flux",
  "repartition",
  "execution",
  "dette",
  "subventions",
  "personnel",
  "impots",
  "programmes",
  "bilan",
  "ratios",
  "evolution",
  "comparer",
  "annexes",
  "tableau",
];

const ALLOWED = {
  tab: TABS,
  section: ["", "F", "I"],
  direction: ["D", "R", ""],
  order: ["0", "1", "all"],
  axis: ["function", "nature"],
  shape: ["treemap", "sunburst"],
  words: ["plain", "official"],
  per: ["", "head"],
  euros: ["", "constant"],
};
// Written in this order; anything else in the address is ignored.
const KEYS = [
  "tab",
  "section",
  "direction",
  "order",
  "amount",
  "axis",
  "shape",
  "words",
  "path",
  "measure",
  "per",
  "euros",
  "q",
  "sort",
  "page",
];

/** State read from a hash over the defaults; a value that makes no sense gives way to the default. */
export function parse(hash, defaults) {
  const asked = new URLSearchParams(normalised(hash));
  const state = { ...defaults };
  for (const key of KEYS) {
    const value = asked.get(key);
    if (value === null) continue;
    if (key === "path") state.path = value ? value.split("/") : [];
    else if (key === "amount")
      state.amount = defaults.amounts.includes(value) ? value : defaults.amount;
    else if (!ALLOWED[key] || ALLOWED[key].includes(value)) state[key] = value;
  }
  return state;
}

/** "#flux" alone is a plain link to a tab. */
function normalised(hash) {
  const text = hash.replace(/^#/, "");
  return TABS.includes(text) ? `tab=${text}` : text;
}

/** Hash of a state: only what differs from the defaults. */
export function format(state, defaults) {
  const written = new URLSearchParams();
  for (const key of KEYS) {
    const value = key === "path" ? state.path.join("/") : state[key];
    const usual = key === "path" ? (defaults.path ?? []).join("/") : defaults[key];
    if (value !== undefined && value !== usual) written.set(key, value);
  }
  return written.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
}

/** A new state; a change of tab or of anything that changes the tree closes what was opened. */
export function change(state, changes) {
  const next = { ...state, ...changes };
  const reset = ["tab", "section", "direction", "axis", "words"].some(
    (key) => key in changes && changes[key] !== state[key],
  );
  if (reset && !("path" in changes)) next.path = [];
  if ("tab" in changes && changes.tab !== state.tab) Object.assign(next, { q: "", page: "1" });
  return next;
}

/** The order of operations as a filter: "" keeps all. */
export const orderOf = ({ order }) => (order === "all" ? "" : order);
