// The lines of the file: search, sort, page, and save what the search found.
import { PAGE_SIZE, all, csv, query, withParameters } from "../data/lines.js";
import { explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";
import { saveCsv } from "../ui/download.js";

export const choices = ["anyDirection", "section", "order"];

const CODES = [
  ["BGT_CONTNAT", "chapter", "BGT_CONTNAT_LABEL"],
  ["BGT_NATURE", "nature", "BGT_NATURE_LABEL"],
  ["BGT_FONCTION", "function", "BGT_FONCTION_LABEL"],
];
const PLAIN = [
  ["BGT_SECTION", "section"],
  ["BGT_CODRD", "side"],
];

export async function render(app) {
  const { t, urls } = app;
  if (!urls.lines)
    return explanation(
      t("table.title"),
      t("table.none"),
      h("p", {}, h("a", { href: urls.csv, target: "_top" }, t("table.csv"))),
    );
  const page = Math.max(1, Number.parseInt(app.state.page, 10) || 1);
  const fetchPage = async (parameters) =>
    (await app.ask(withParameters(urls.lines, parameters, location.href))).result;
  const answer = await fetchPage(query(app.state, { offset: (page - 1) * PAGE_SIZE }));
  return [search(app), results(app, answer, page, fetchPage)];
}

function search(app) {
  const { t, state } = app;
  const input = h("input.bv-input", {
    type: "search",
    name: "q",
    value: state.q,
    id: "budget-search",
    autocomplete: "off",
    data: { key: "q" },
  });
  const submit = (event) => {
    event.preventDefault();
    app.go({ q: input.value.trim(), page: "1" });
  };
  return h(
    "form.bv-search",
    { role: "search", onsubmit: submit },
    h("label.bv-label", { for: "budget-search" }, t("table.search")),
    h(
      "div.bv-search-row",
      {},
      input,
      h("button.bv-button", { type: "submit", data: { key: "search" } }, t("table.go")),
    ),
  );
}

function results(app, answer, page, fetchPage) {
  const { t, format } = app;
  const pages = Math.max(1, Math.ceil(answer.total / PAGE_SIZE));
  return h(
    "div.bv-results",
    { data: { total: answer.total } },
    h(
      "p.bv-summary",
      { role: "status" },
      t("table.count", { count: answer.total }).replace("#", format.integer(answer.total)),
    ),
    answer.total > 0 && lines(app, answer.records),
    h(
      "div.bv-pager",
      {},
      answer.total > PAGE_SIZE && pager(app, page, pages),
      answer.total > 0 && saver(app, answer, fetchPage),
    ),
  );
}

function lines(app, records) {
  const { t, state, summary, format, words } = app;
  const codes = CODES.filter(([, key]) => key !== "function" || summary.by_function);
  const amounts = summary.amounts.map((kind) => [`BGT_${kind}`, words.kind(kind)]);
  const head = [
    ...codes.map(([id, key]) => [id, t(`column.${key}`)]),
    ...PLAIN.map(([id, key]) => [id, t(`column.${key}`)]),
    ...amounts,
  ];
  const number = (value) =>
    value === null || value === "" || value === undefined
      ? "–"
      : format.exact(Math.round(Number(value) * 100));
  return h(
    "div.bv-scroll",
    { tabindex: "0", role: "region", "aria-label": t("table.title") },
    h(
      "table.bv-table",
      {},
      h("caption.bv-hidden", {}, t("table.title")),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map(([id, label]) =>
            header(app, id, label, state.sort, id.startsWith("BGT_MT") || id === "BGT_CREDOUV"),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        records.map((record) =>
          h(
            "tr",
            {},
            codes.map(([id, , label], i) =>
              h(
                i === 1 ? "th" : "td.bv-wide",
                i === 1 ? { scope: "row" } : {},
                h("span.bv-code", {}, record[id] ?? ""),
                " ",
                record[label] ?? "",
              ),
            ),
            PLAIN.map(([id]) => h("td", {}, record[id] ?? "")),
            amounts.map(([id]) => h("td.bv-number", {}, number(record[id]))),
          ),
        ),
      ),
    ),
  );
}

function header(app, id, label, sort, numeric) {
  const [by, way] = sort.split(" ");
  const now = by === id ? (way === "desc" ? "descending" : "ascending") : "none";
  const next =
    now === "none"
      ? numeric
        ? `${id} desc`
        : `${id} asc`
      : now === "descending"
        ? `${id} asc`
        : `${id} desc`;
  const mark = { none: "", ascending: " ▲", descending: " ▼" }[now];
  return h(
    numeric ? "th.bv-number" : "th",
    { scope: "col", "aria-sort": now },
    h(
      "button.bv-sort",
      {
        type: "button",
        onclick: () => app.go({ sort: next, page: "1" }),
        data: { key: `sort:${id}` },
      },
      label,
      h("span", { "aria-hidden": "true" }, mark),
    ),
  );
}

function pager(app, page, pages) {
  const { t } = app;
  const step = (label, to, key) =>
    h(
      "button.bv-button",
      {
        type: "button",
        disabled: to < 1 || to > pages,
        onclick: () => app.go({ page: String(to) }),
        data: { key },
      },
      label,
    );
  return h(
    "nav.bv-pages",
    { "aria-label": t("table.pages") },
    step(t("table.previous"), page - 1, "previous"),
    h("span", {}, t("table.page", { page, pages })),
    step(t("table.next"), page + 1, "next"),
  );
}

function saver(app, answer, fetchPage) {
  const { t } = app;
  const columns = answer.fields.map(({ id }) => id).filter((id) => id !== "_id" && id !== "rank");
  const run = async (event) => {
    event.target.disabled = true;
    try {
      const records = await all(app.state, fetchPage);
      saveCsv(
        csv(
          columns,
          records.map((record) => columns.map((id) => record[id])),
        ),
        `${app.fileName}-lignes.csv`,
      );
    } finally {
      event.target.disabled = false;
    }
  };
  return h(
    "button.bv-button",
    { type: "button", onclick: run, data: { key: "save-lines", download: "csv" } },
    t("table.save"),
  );
}
