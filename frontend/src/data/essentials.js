// The few numbers that open the page.
import { total } from "./cube.js";
import { topOf, tree } from "./tree.js";

/** Receipts, expenditure and result of each section, for one kind of amount: cents. */
export function balances(summary, { order, kind, sections }) {
  return sections.map((section) => {
    const receipts = total(summary, { section, order, direction: "R" }, kind);
    const expenses = total(summary, { section, order, direction: "D" }, kind);
    return { section, receipts, expenses, result: receipts - expenses };
  });
}

/** How 100 € are spread: the largest posts with their exact share (a ratio) of the positive total. */
export function hundred(summary, { axis, filter, kind, count, others }) {
  const { children } = tree(summary, axis, filter, kind);
  const positive = children.filter(({ value }) => value > 0);
  const whole = positive.reduce((sum, { value }) => sum + value, 0);
  return topOf(positive, { count, label: others }).map((node) => ({
    ...node,
    share: node.value / whole,
  }));
}
