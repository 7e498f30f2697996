// The interface's own words, in the language of the page. Missing in a language: French, then the key.
import en from "./texts/en.json" with { type: "json" };
import fr from "./texts/fr.json" with { type: "json" };

const CATALOGUES = { fr, en };

export const LANGUAGES = Object.keys(CATALOGUES);

/**
 * translator("fr")("key", { name: "…" }) for one language. "{name}" is replaced; with `count`, the form
 * "key.one" or "key.other" is chosen by the plural rules of the language.
 */
export function translator(lang) {
  const catalogue = CATALOGUES[lang] ?? fr;
  const plural = new Intl.PluralRules(lang);
  return (key, values = {}) => {
    const form =
      "count" in values
        ? `${key}.${plural.select(Number(values.count)) === "one" ? "one" : "other"}`
        : key;
    const text = catalogue[form] ?? fr[form] ?? catalogue[key] ?? fr[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  };
}
