// What a vote changes in the budget that it amends: before, change, after. Never a whole budget's figures.
import { bars } from "../charts/bars.js";
import { amended } from "../data/changes.js";
import { readable } from "../format.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";

export async function changes(app) {
  const { t, summary, words, columns, format, palette } = app;
  const { rows, origin } = amended(summary, await published(app), app.options.resource_id);
  const title = t("changes.title");
  const lead = h("p.bv-lead-sentence", sentence(app));
  if (rows.length === 0) return [lead, explanation(title, t("changes.none"))];
  const label = (row) => readable(row.label);
  const show = format.alike(rows.map(({ change }) => change));
  const signed = (cents) => `${cents > 0 ? "+" : ""}${show(cents)}`;
  const place = (row) =>
    `${words.section(row.section)}, ${words.side(row.direction).toLowerCase()}`;
  return [
    lead,
    chartBlock(app, {
      id: "changes",
      title,
      summary: t("changes.summary", {
        count: rows.length,
        post: label(rows[0]),
        change: signed(rows[0].change),
      }),
      option: bars(
        rows.map((row) => ({
          label: `${label(row)} (${place(row)})`,
          value: row.change,
          text: signed(row.change),
          colour: row.direction === "R" ? palette.receipt : palette.expense,
          tip: [
            label(row),
            place(row),
            `${t("changes.before")} : ${format.exact(row.before)}`,
            `${t("changes.change")} : ${format.exact(row.change)}`,
            `${t("changes.after")} : ${format.exact(row.after)}`,
          ],
        })),
      ),
      notes: [t(`changes.origin.${origin}`)],
      columns: [
        columns.text(t("column.section"), ({ section }) => words.section(section)),
        columns.text(t("column.side"), ({ direction }) => words.side(direction)),
        columns.code(t("column.code"), ({ chapter }) => chapter),
        columns.text(t("column.chapter"), label),
        columns.cents(t("changes.before"), ({ before }) => before),
        columns.cents(t("changes.change"), ({ change }) => change),
        columns.cents(t("changes.after"), ({ after }) => after),
      ],
      rows,
      open: true,
    }),
  ];
}

/** Documents of the same budget; a portal that does not answer only leaves "before" unknown. */
async function published(app) {
  if (!app.urls.history) return [];
  try {
    return (await app.load(app.urls.history)).documents ?? [];
  } catch {
    return [];
  }
}

function sentence({ t, format, summary }) {
  const { moved, receipts, expenditure } = summary.changes;
  if (moved !== null) return t("changes.moved", { amount: format.euros(moved) });
  const side = (name, cents) =>
    t(`changes.${name}.${cents === 0 ? "same" : cents > 0 ? "more" : "less"}`, {
      amount: format.euros(Math.abs(cents)),
    });
  return `${side("receipts", receipts)} ${side("expenditure", expenditure)}`;
}
