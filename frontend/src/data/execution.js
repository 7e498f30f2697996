// Voted against realised, by chapter then by nature.
import { tree, walk } from "./tree.js";

/** Which columns this document can compare: { voted, realised, remainders, previous } kinds or null. */
export function columns(summary) {
  if (summary.realised && summary.voted) {
    return {
      voted: summary.voted,
      realised: summary.realised,
      remainders: summary.remainders ?? null,
    };
  }
  const present = new Set(summary.amounts);
  const voted = summary.voted ?? summary.basis;
  const previous = present.has("MTBUDGPREC") && voted !== "MTBUDGPREC" ? "MTBUDGPREC" : null;
  return { voted: previous, realised: voted, remainders: null, forecast: true };
}

/**
 * Rows of one level: { id, code, label, voted, realised, remainders, rate, left, inner }.
 * `rate` is a ratio, null when nothing was voted; `left` is what was neither realised nor carried over.
 */
export function rows(summary, { filter, kinds, path = [], naming }) {
  const sides = ["voted", "realised", "remainders"].filter((name) => kinds[name]);
  const merged = new Map();
  let trail = null;
  for (const name of sides) {
    const found = walk(tree(summary, "nature", filter, kinds[name], naming), path);
    if (found.length <= path.length) continue;
    trail = trail && trail[trail.length - 1].label ? trail : found;
    for (const { id, code, label, value, children } of found[found.length - 1].children) {
      const row = merged.get(id) ?? {
        id,
        code,
        label,
        voted: 0,
        realised: 0,
        remainders: 0,
        inner: false,
      };
      row[name] = value;
      row.inner ||= children.length > 0;
      merged.set(id, row);
    }
  }
  const list = [...merged.values()].map(completed);
  list.sort((a, b) => weight(b) - weight(a) || (a.id < b.id ? -1 : 1));
  return { rows: list, trail: trail ?? [], total: completed(added(list)) };
}

const weight = ({ voted, realised }) => Math.max(Math.abs(voted), Math.abs(realised));

function added(list) {
  const total = { voted: 0, realised: 0, remainders: 0 };
  for (const row of list) for (const name of Object.keys(total)) total[name] += row[name];
  return total;
}

function completed(row) {
  return {
    ...row,
    rate: row.voted > 0 ? row.realised / row.voted : null,
    left: row.voted - row.realised - row.remainders,
  };
}
