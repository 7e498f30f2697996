// The interface's own words, in the language of the page. A test keeps both complete.
import en from "./texts/en.json" with { type: "json" };
import fr from "./texts/fr.json" with { type: "json" };

/** French signs keep their no-break space, so that none begins a line; apostrophes are curly. */
export function typeset(lang, text) {
  if (lang !== "fr") return text;
  return text
    .replace(/ (?=[;?!%])/g, "\u202f")
    .replace(/ (?=[:»€])|(?<=«) /g, "\u00a0")
    .replace(/(?<=\p{L})'(?=\p{L})/gu, "’");
}

/** The same for every text inside an object or a list. */
export function typesetAll(lang, value) {
  if (typeof value === "string") return typeset(lang, value);
  if (Array.isArray(value)) return value.map((each) => typesetAll(lang, each));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, typesetAll(lang, each)]),
  );
}

const CATALOGUES = { fr: typesetAll("fr", fr), en };

export const LANGUAGES = Object.keys(CATALOGUES);

/**
 * translator("fr")("key", { name: "…" }) for one language. "{name}" is replaced; with `count`, the form
 * "key.one" or "key.other" is chosen by the plural rules of the language.
 */
export function translator(lang) {
  const catalogue = CATALOGUES[lang] ?? CATALOGUES.fr;
  const plural = new Intl.PluralRules(lang);
  return (key, values = {}) => {
    const form =
      "count" in values
        ? `${key}.${plural.select(Number(values.count)) === "one" ? "one" : "other"}`
        : key;
    const text = catalogue[form] ?? catalogue[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  };
}
