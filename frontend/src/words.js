// Sentences and names that several tabs share, for one application (language, document, texts).

export function wordsOf(app) {
  const { t, texts, format } = app;
  const category = (id) => texts.categories?.[id]?.label ?? id;
  const section = (code) => t(`section.${code || "all"}`);
  const side = (code) => t(`side.${code || "all"}`);
  const kind = (code) => texts.amounts?.[code] ?? t(`amount.${code}`);

  /** "Dépenses réelles de fonctionnement": what a filter keeps, as a title. */
  function scope({ section: of, direction, order }) {
    const text = t("scope", {
      side: t(`scope.side.${direction || "all"}`),
      order: t(`scope.order.${order || "all"}`),
      section: t(`scope.section.${of || "all"}`),
    });
    const clean = text.replace(/\s+/g, " ").trim();
    return clean.charAt(0).toUpperCase() + clean.slice(1);
  }

  /** "Charges de personnel (45 %), … et …": the first of a list with their share. */
  function leaders(nodes, whole, count = 3) {
    const names = nodes
      .slice(0, count)
      .map(({ label, value }) => `${label} (${format.percent(value / whole)})`);
    return new Intl.ListFormat(t("lang"), { type: "conjunction" }).format(names);
  }

  /** "Décision modificative n° 1 2022": what a document is, in the language of the page. */
  function stage({ stage: code, number, year }) {
    const nth = code === "DM" && number ? t("stage.number", { number }) : "";
    return [texts.stages?.[code] ?? code, nth, year].filter(Boolean).join(" ");
  }

  /** Figures as choices of a list: in the order of the definitions, by what they speak of. */
  function figureChoices(ids) {
    const group = (id) => texts.groups?.[texts.figures?.[id]?.group] ?? t("evolution.figures");
    const order = Object.keys(texts.figures ?? {});
    const place = (id) => (order.indexOf(id) + order.length + 1) % (order.length + 1);
    return [...ids]
      .sort((a, b) => place(a) - place(b))
      .map((id) => ({ value: id, label: texts.figures?.[id]?.label ?? id, group: group(id) }));
  }

  return {
    /** What trees begin with: plain categories, or official chapters and functions. */
    get naming() {
      return { plain: app.state.words !== "official", category };
    },
    category,
    carried: (code) => t("carried", { section: section(code).toLowerCase() }),
    stage,
    section,
    side,
    kind,
    scope,
    leaders,
    others: (count) => t("others", { count }),
    negative: (label) => t("negative.node", { label }),
    surplus: (of) => t(`surplus.${of}`),
    deficit: (of) => t(`deficit.${of}`),
    figureChoices,
    figure: (id) => texts.figures?.[id]?.label ?? id,
  };
}

/** Sentence about the negative amounts that a drawing cannot show; null when there is none. */
export function negativeNote({ t, format }, negatives, key = "negative.note") {
  if (negatives.length === 0) return null;
  const total = negatives.reduce((sum, { value }) => sum + value, 0);
  return t(key, { count: negatives.length, total: format.exact(total) });
}
