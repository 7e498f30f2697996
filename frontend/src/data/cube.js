// The summary's columnar cubes: select cells, add amounts. Everything is in integer cents.

/** The mark of a cell that holds a result of former years. */
export const FORMER_YEARS = "2";

/** Cube "by_nature" or "by_function" of a summary, null when the document has none. */
export function cubeOf(summary, axis) {
  return summary[axis === "function" ? "by_function" : "by_nature"] ?? null;
}

/** Does the document tell which policy each line serves? */
export function hasFunctions(summary) {
  return Boolean(summary.by_function);
}

/**
 * Positions of the cells that the filter keeps. `section` F, I or "" (all); `direction` R, D or "";
 * `order` as the server defines it: "0" (real), "1" (order), "2" (results of former years) or "" (all);
 * `carried` false leaves those results out. An unknown value ("?") passes only where nothing is asked.
 */
export function select(cube, { section = "", direction = "", order = "", carried = true } = {}) {
  const kept = [];
  for (let i = 0; i < cube.section.length; i += 1) {
    if (section && cube.section[i] !== section) continue;
    if (direction && cube.direction[i] !== direction) continue;
    if (order && cube.order[i] !== order) continue;
    if (!carried && cube.order[i] === FORMER_YEARS) continue;
    kept.push(i);
  }
  return kept;
}

/** Results of former years of a section: receipts less expenditure; they are no money of the year. */
export function carriedOver(summary, section, kind) {
  const of = (direction) => total(summary, { section, direction, order: FORMER_YEARS }, kind);
  return of("R") - of("D");
}

/** Amount of one cell; a kind that the document leaves empty is 0. */
export function amount(cube, cell, kind) {
  return cube.values[kind]?.[cell] ?? 0;
}

/** Sum of the cells. */
export function sum(cube, cells, kind) {
  let total = 0;
  for (const cell of cells) total += amount(cube, cell, kind);
  return total;
}

/** Sum of one kind over everything that the filter keeps. */
export function total(summary, filter, kind) {
  const cube = summary.by_nature;
  return sum(cube, select(cube, filter), kind);
}

/** Sections that really occur, in display order. */
export function sections(summary) {
  const present = new Set(summary.by_nature.section);
  return ["F", "I", "?"].filter((section) => present.has(section));
}
