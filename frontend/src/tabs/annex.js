// What lies in the annexes: one sentence, one picture and one table for each, made of what the server says.
import { bars } from "../charts/bars.js";
import { searchable } from "../ui/searchable.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";

const LONG = 15; // rows from which a table is searched and sorted

/** A tab that shows these parts of the answer. */
export const annexTab = (...names) => ({
  choices: [],
  async render(app) {
    const answer = app.urls.annexes ? await app.load(app.urls.annexes) : {};
    const parts = names.filter((name) => answer.parts?.[name]);
    if (parts.length === 0) return explanation(app.t("annex.title"), app.t("annex.none"));
    return parts.map((name) => part(app, name, answer.parts[name]));
  },
});

function part(
  app,
  name,
  { title, meaning, sentence, columns: given, rows, measure, bars: drawn, count },
) {
  const { t, columns, format, palette } = app;
  const kinds = { hundredths: columns.hundredths };
  const table = given.map(({ label, kind }, i) =>
    (kinds[kind] ?? columns[kind])(label, (row) => row[i]),
  );
  const show =
    { cents: format.alike(drawn.map(([, value]) => value)), hundredths: format.hundredths }[
      measure
    ] ?? format.integer;
  const block = {
    id: `annex-${name}`,
    title,
    summary: `${sentence} ${meaning}`,
    option: bars(
      drawn.map(([label, value]) => ({
        label,
        value,
        text: show(value),
        colour: palette.series[0],
        tip: [label, measure === "cents" ? format.exact(value) : show(value)],
      })),
    ),
    notes: [
      drawn.length < rows.length && drawn.length > 0 && t("annex.drawn", { count: drawn.length }),
      rows.length < count &&
        t("annex.cut", { shown: format.integer(rows.length), count: format.integer(count) }),
    ].filter(Boolean),
    columns: table,
    rows,
    open: true,
  };
  if (rows.length > LONG) block.table = searchable(app, block);
  if (drawn.length === 0)
    return explanation(title, block.summary, block.table ?? h("p", t("annex.nothing")));
  return chartBlock(app, block);
}
