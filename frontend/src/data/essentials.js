// The few numbers that open the page.
import { FORMER_YEARS, total } from "./cube.js";
import { topOf, tree } from "./tree.js";

/**
 * Receipts, expenditure and result of each section, for one kind of amount: cents. What comes from former
 * years is never among them: it has rows of its own (`carried`).
 */
export function balances(summary, { order, kind, sections }) {
  const row = (section, filter, carried) => {
    const receipts = total(summary, { section, ...filter, direction: "R" }, kind);
    const expenses = total(summary, { section, ...filter, direction: "D" }, kind);
    return { section, receipts, expenses, result: receipts - expenses, carried };
  };
  const year = sections.map((section) => row(section, { order, carried: false }, false));
  if (order === "1") return year;
  const former = sections.map((section) => row(section, { order: FORMER_YEARS }, true));
  return [...year, ...former.filter(({ receipts, expenses }) => receipts || expenses)];
}

/**
 * How 100 € are spread: the largest posts with their exact share (a ratio) of the positive total, and
 * whole euros that add up to 100. `left`: the negative posts, which no share can show.
 */
export function hundred(summary, { axis, filter, kind, count, others, naming }) {
  const { children } = tree(summary, axis, { ...filter, carried: false }, kind, naming);
  const positive = children.filter(({ value }) => value > 0);
  const whole = positive.reduce((sum, { value }) => sum + value, 0);
  const posts = topOf(positive, { count, label: others }).map((node) => ({
    ...node,
    share: node.value / whole,
  }));
  const euros = wholes(posts.map(({ share }) => share * 100));
  return {
    posts: posts.map((post, i) => ({ ...post, euros: euros[i] })),
    left: children.filter(({ value }) => value < 0),
  };
}

/** Whole numbers that add up to the same total: the largest remainders are rounded up. */
export function wholes(numbers) {
  const found = numbers.map(Math.floor);
  const total = Math.round(numbers.reduce((sum, each) => sum + each, 0));
  const missing = total - found.reduce((sum, each) => sum + each, 0);
  const order = numbers
    .map((number, i) => ({ i, rest: number - found[i] }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i } of order.slice(0, Math.max(0, missing))) found[i] += 1;
  return found;
}

/** Gross saving, loans repaid and what is left, in cents: null unless there is a saving to speak of. */
export function saved({ figures = [] }) {
  const value = (id) => figures.find((figure) => figure.id === id)?.value ?? null;
  const found = {
    saving: value("gross_saving"),
    repaid: value("debt_repayment"),
    net: value("net_saving"),
  };
  return Object.values(found).includes(null) || found.saving <= 0 || !found.repaid ? null : found;
}
