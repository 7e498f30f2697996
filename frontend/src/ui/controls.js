// The choices above a chart: radio buttons for a few, a list for many.
import { h, uid } from "./dom.js";

/** choice: { key, label, value, options: [{ value, label }] } */
export function segmented(choice, onChange) {
  const name = uid(choice.key);
  return h(
    "fieldset.bv-choice",
    h("legend", choice.label),
    h(
      "div.bv-segments",
      choice.options.map(({ value, label }) => {
        const input = h("input", {
          type: "radio",
          name,
          id: `${name}-${value || "all"}`,
          value,
          data: { key: `${choice.key}:${value}`, choice: choice.key },
          onchange: () => onChange(choice.key, value),
        });
        input.checked = value === choice.value;
        return [input, h("label", { for: input.id }, label)];
      }),
    ),
  );
}

/** choice as above; an option may carry `group`. */
export function listed(choice, onChange) {
  const id = uid(choice.key);
  const select = h("select.bv-select", {
    id,
    data: { key: choice.key, choice: choice.key },
    onchange: (event) => onChange(choice.key, event.target.value),
  });
  const groups = new Map();
  for (const { value, label, group } of choice.options) {
    const option = h("option", { value }, label);
    if (!group) {
      select.append(option);
      continue;
    }
    if (!groups.has(group)) {
      groups.set(group, h("optgroup", { label: group }));
      select.append(groups.get(group));
    }
    groups.get(group).append(option);
  }
  select.value = choice.value;
  return h("div.bv-choice", h("label.bv-label", { for: id }, choice.label), select);
}
