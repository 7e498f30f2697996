// The same budget over years and stages, as series with gaps where nothing is known.

const MODIFYING = new Set(["DM", "BS"]);
const REALISED = new Set(["CA", "CFU"]);

/** Every year from the first to the last, whether or not a document exists for it. */
export function years(documents) {
  const known = documents.map(({ year }) => year).filter(Number.isFinite);
  if (known.length === 0) return [];
  const first = Math.min(...known);
  return Array.from({ length: Math.max(...known) - first + 1 }, (_, i) => first + i);
}

/** What can be followed: figure ids that at least one document knows. */
export function measures(documents) {
  const seen = new Set();
  for (const { figures } of documents) {
    for (const [id, value] of Object.entries(figures ?? {}))
      if (Number.isFinite(value)) seen.add(id);
  }
  return [...seen];
}

/** Value of a measure in one document: a figure id, or "chapter:SECTION:DIRECTION:CODE". Null: unknown. */
export function valueOf(document, measure) {
  if (!measure.startsWith("chapter:")) return document.figures?.[measure] ?? null;
  const [, section, direction, code] = measure.split(":");
  const cells = (document.chapters ?? []).filter(
    ([s, d, , chapter]) => s === section && d === direction && chapter === code,
  );
  return cells.length ? cells.reduce((sum, cell) => sum + cell[4], 0) : null;
}

/**
 * Series of a measure: voted (BP), amended (BP plus decisions of the year, amounts only), realised.
 * `perHead` divides each document by its own inhabitants; `constant` (see `constantEuros`) takes the
 * rise of prices out.
 * [{ id, values: [number|null per year], documents: [[…] per year] }], series without any value left out.
 */
export function series(documents, measure, { additive, perHead = false, constant = null }) {
  const valueIn = (document) => {
    const value = valueOf(document, measure);
    if (value === null || !(perHead || constant)) return value;
    const factor = constant?.factors.get(document.year) ?? 1;
    return Math.round((value * factor) / (perHead ? document.population : 1));
  };
  const axis = years(documents);
  const at = (year, test) => documents.filter((each) => each.year === year && test(each.stage));
  const voted = axis.map((year) =>
    first(
      at(year, (stage) => stage === "BP"),
      valueIn,
    ),
  );
  const realised = axis.map((year) =>
    first(
      at(year, (stage) => REALISED.has(stage)),
      valueIn,
    ),
  );
  const amended = axis.map((year, i) => {
    const changes = at(year, (stage) => MODIFYING.has(stage));
    if (!additive || changes.length === 0 || voted[i] === null) return null;
    return changes.reduce((sum, each) => sum + (valueIn(each) ?? 0), voted[i]);
  });
  const other = axis.map((year) =>
    first(
      at(year, (stage) => !stage),
      valueIn,
    ),
  );
  return [
    { id: "voted", values: voted },
    { id: "amended", values: amended },
    { id: "realised", values: realised },
    { id: "other", values: other },
  ].filter(({ values }) => values.some((value) => value !== null));
}

function first(documents, valueIn) {
  for (const document of documents) {
    const value = valueIn(document);
    if (value !== null) return value;
  }
  return null;
}

/**
 * How euros of each year become euros of the last one: { base, factors: Map(year → factor) }, by the
 * yearly consumer prices of the portal. Null when a year has no index, or there is one year only.
 */
export function constantEuros(documents, prices) {
  const known = [...new Set(documents.map(({ year }) => year))];
  const base = Math.max(...known);
  const index = prices?.index ?? {};
  if (known.length < 2 || !known.every((year) => index[year] > 0)) return null;
  return { base, factors: new Map(known.map((year) => [year, index[base] / index[year]])) };
}

/** Round bounds that hold every series and zero, with the step between their graduations. */
export function bounds(list) {
  const values = list.flatMap((each) => each.values).filter((value) => value !== null);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const step = roundStep((high - low) / 5 || 1);
  return { min: Math.floor(low / step) * step, max: Math.ceil(high / step) * step || step, step };
}

/** The smallest of 1, 2, 2.5, 5 × 10ⁿ that is not under `wanted`. */
function roundStep(wanted) {
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 2.5, 5, 10]
    .map((factor) => factor * power)
    .find((step) => step >= wanted * (1 - 1e-9));
}

/** Chapters that the documents name: [{ id, section, direction, code }], by section, direction, code. */
export function chapters(documents) {
  const seen = new Map();
  for (const { chapters: cells = [] } of documents) {
    for (const [section, direction, , code] of cells) {
      const id = `chapter:${section}:${direction}:${code}`;
      seen.set(id, { id, section, direction, code });
    }
  }
  return [...seen.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
