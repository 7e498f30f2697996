// The lines of the file through the DataStore: what to ask, and CSV of what came back.

export const PAGE_SIZE = 25;
const CHUNK = 5000;
const WORDS = {
  F: "fonctionnement",
  I: "investissement",
  D: "dépense",
  R: "recette",
  0: "réel",
  1: "ordre",
};

/** Query parameters of one page of lines for a state of the view. */
export function query(state, { limit = PAGE_SIZE, offset = 0 } = {}) {
  const filters = {};
  if (state.section) filters.BGT_SECTION = WORDS[state.section];
  if (state.direction) filters.BGT_CODRD = WORDS[state.direction];
  if (state.order !== "all") filters.BGT_OPBUDG = WORDS[state.order];
  const asked = { limit, offset };
  if (Object.keys(filters).length) asked.filters = JSON.stringify(filters);
  if (state.q) asked.q = state.q;
  if (state.sort) asked.sort = state.sort;
  return asked;
}

/** `url` with more parameters (it may already have some). */
export function withParameters(url, parameters, base) {
  const full = new URL(url, base);
  for (const [name, value] of Object.entries(parameters))
    full.searchParams.set(name, String(value));
  return full.href;
}

/** Every matching record, asked for by chunks: `page(parameters)` gives one answer of datastore_search. */
export async function all(state, page, { most = 100_000 } = {}) {
  const records = [];
  for (;;) {
    const answer = await page(query(state, { limit: CHUNK, offset: records.length }));
    records.push(...answer.records);
    if (answer.records.length === 0 || records.length >= Math.min(answer.total, most))
      return records;
  }
}

/** CSV text: RFC 4180, values as given. Cells that a spreadsheet would run as a formula get an apostrophe. */
export function csv(columns, rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    const calm = /^[=+@\t\r]|^-(?![\d.]*$)/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(calm) ? `"${calm.replaceAll('"', '""')}"` : calm;
  };
  return [columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
