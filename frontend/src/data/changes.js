// The budget that a vote amends: what the document says of it, else what is published before it.

const place = (section, direction, order, chapter) =>
  [section, direction, order, chapter].join(":");

/**
 * { rows, origin }: the chapters that change with `before` and `after` (null: unknown), and where "before"
 * comes from: "document", "portal" (the initial budget and the decisions before this one) or "unknown".
 */
export function amended(summary, documents, resourceId) {
  const { codes, labels } = summary.chapters;
  const rows = summary.changes.chapters.map((row) => ({
    ...row,
    label: labels[codes.indexOf(row.chapter)] ?? row.chapter,
  }));
  if (rows.some(({ before }) => before !== null)) return { rows, origin: "document" };
  const earlier = before(summary.document.year, documents, resourceId);
  if (earlier === null) return { rows, origin: "unknown" };
  return {
    origin: "portal",
    rows: rows.map((row) => {
      const known = earlier.get(place(row.section, row.direction, row.order, row.chapter)) ?? 0;
      return { ...row, before: known, after: known + row.change };
    }),
  };
}

/** Sums by chapter of what was voted before this document, null when no initial budget is published. */
function before(year, documents, resourceId) {
  const own = documents.findIndex((each) => each.resource_id === resourceId);
  const voted = documents
    .slice(0, own < 0 ? 0 : own)
    .filter((each) => each.year === year && ["BP", "BS", "DM"].includes(each.stage));
  if (!voted.some(({ stage }) => stage === "BP")) return null;
  const sums = new Map();
  for (const { chapters = [] } of voted) {
    for (const [section, direction, order, code, cents] of chapters) {
      const key = place(section, direction, order, code);
      sums.set(key, (sums.get(key) ?? 0) + cents);
    }
  }
  return sums;
}
