// The lines of the file: search, sort, page, and save what the search found.
import { PAGE_SIZE, all, csv, query, withParameters } from "../data/lines.js";
import { explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";
import { saveCsv } from "../ui/download.js";

export const choices = ["anyDirection", "section", "order"];

export async function render(app) {
  const { t, urls } = app;
  if (!urls.lines)
    return explanation(
      t("table.title"),
      t("table.none"),
      h("p", h("a", { href: urls.csv, target: "_top" }, t("table.csv"))),
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
      answer.total > PAGE_SIZE && pager(app, page, pages),
      answer.total > 0 && saver(app, answer, fetchPage),
    ),
  );
}

/** What each column of the file is called, how it sorts first, and its cell for a record. */
function columnsOf({ t, summary, format, words }) {
  const name = (id, key) => ({ id, label: t(`column.${key}`) });
  const code = (id, key, selector = "td.bv-wide", attributes = {}) => ({
    ...name(id, key),
    cell: (record) =>
      h(selector, attributes, h("span.bv-code", record[id]), " ", record[`${id}_LABEL`]),
  });
  const plain = (id, key) => ({ ...name(id, key), cell: (record) => h("td", record[id]) });
  const amount = (kind) => ({
    id: `BGT_${kind}`,
    label: words.kind(kind),
    numeric: true,
    cell: (record) => h("td.bv-number", format.exact(cents(record[`BGT_${kind}`]))),
  });
  return [
    code("BGT_CONTNAT", "chapter"),
    code("BGT_NATURE", "nature", "th", { scope: "row" }),
    summary.by_function && code("BGT_FONCTION", "function"),
    plain("BGT_SECTION", "section"),
    plain("BGT_CODRD", "side"),
    ...summary.amounts.map(amount),
  ].filter(Boolean);
}

const cents = (euros) => ((euros ?? "") === "" ? null : Math.round(Number(euros) * 100));

function lines(app, records) {
  const { t } = app;
  const columns = columnsOf(app);
  return h(
    "div.bv-scroll",
    { tabindex: "0", role: "region", "aria-label": t("table.title") },
    h(
      "table.bv-table",
      h("caption.bv-hidden", t("table.title")),
      h(
        "thead",
        h(
          "tr",
          columns.map((column) => header(app, column)),
        ),
      ),
      h(
        "tbody",
        records.map((record) =>
          h(
            "tr",
            columns.map(({ cell }) => cell(record)),
          ),
        ),
      ),
    ),
  );
}

function header(app, { id, label, numeric }) {
  const [by, way] = app.state.sort.split(" ");
  const now = by === id ? (way === "desc" ? "descending" : "ascending") : "none";
  const down = now === "none" ? numeric : now === "ascending";
  const next = `${id} ${down ? "desc" : "asc"}`;
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
    h("span", t("table.page", { page, pages })),
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
