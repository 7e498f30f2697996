// One figure per inhabitant, beside the same figure of similar bodies.

/** Figure ids known by the body itself or by at least one other. */
export function comparable({ self, bodies }) {
  const seen = new Set();
  for (const body of [self, ...(bodies ?? [])]) {
    for (const [id, value] of Object.entries(body?.figures ?? {}))
      if (Number.isFinite(value)) seen.add(id);
  }
  return [...seen];
}

/** Bodies that know the figure, highest first: [{ name, population, value, url, own }]. */
export function ranking({ self, bodies }, figure) {
  const others = (bodies ?? []).filter((body) => !self || body.resource_id !== self.resource_id);
  return [...(self ? [{ ...self, own: true }] : []), ...others]
    .map((body) => ({ ...body, own: Boolean(body.own), value: body.figures?.[figure] ?? null }))
    .filter(({ value }) => value !== null)
    .sort((a, b) => b.value - a.value || a.name.localeCompare(b.name));
}

/** Place of the body among those that know the figure: { rank, count, gap } (gap: ratio to the median). */
export function standing(list, median) {
  const index = list.findIndex(({ own }) => own);
  if (index < 0) return null;
  const gap = median ? list[index].value / median - 1 : null;
  return { rank: index + 1, count: list.length, value: list[index].value, gap };
}

/** The ranking with the average of the stratum at its place; an average is no body, and has no rank. */
export function withAverage(list, average) {
  if (!average) return list;
  return [...list, average].sort((a, b) => b.value - a.value);
}
