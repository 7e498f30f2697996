// The choices that tabs offer, with only the values that make sense for the document.
import { hasFunctions } from "./data/cube.js";

const option = (value, label) => ({ value, label });

export const CHOICES = {
  section: ({ t, state }) => ({
    key: "section",
    label: t("choice.section"),
    value: state.section,
    options: ["", "F", "I"].map((value) => option(value, t(`section.${value || "all"}`))),
  }),
  direction: ({ t, state }) => ({
    key: "direction",
    label: t("choice.direction"),
    value: state.direction || "D",
    options: ["D", "R"].map((value) => option(value, t(`side.${value}`))),
  }),
  anyDirection: ({ t, state }) => ({
    key: "direction",
    label: t("choice.direction"),
    value: state.direction,
    options: ["", "D", "R"].map((value) => option(value, t(`side.${value || "all"}`))),
  }),
  order: ({ t, state }) => ({
    key: "order",
    label: t("choice.order"),
    value: state.order,
    options: ["0", "1", "all"].map((value) => option(value, t(`order.${value}`))),
  }),
  axis: ({ t, state, summary }) =>
    hasFunctions(summary) && {
      key: "axis",
      label: t("choice.axis"),
      value: state.axis,
      options: ["function", "nature"].map((value) => option(value, t(`axis.${value}`))),
    },
  words: ({ t, state }) => ({
    key: "words",
    label: t("choice.words"),
    value: state.words,
    options: ["plain", "official"].map((value) => option(value, t(`words.${value}`))),
  }),
  shape: ({ t, state }) => ({
    key: "shape",
    label: t("choice.shape"),
    value: state.shape,
    options: ["treemap", "sunburst"].map((value) => option(value, t(`shape.${value}`))),
  }),
  amount: ({ t, state, summary, words }) =>
    summary.amounts.length > 1 && {
      key: "amount",
      label: t("choice.amount"),
      value: state.amount,
      listed: true,
      options: summary.amounts.map((value) => option(value, words.kind(value))),
    },
};
