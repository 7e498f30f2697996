// Numbers and dates as people read them. Amounts come in integer cents, rates in basis points.

const NBSP = "\u00a0";
const UNITS = {
  fr: { thousand: `${NBSP}k€`, million: `${NBSP}M€`, billion: `${NBSP}Md€`, euro: `${NBSP}€` },
  en: { thousand: "k", million: "m", billion: "bn", euro: "" },
};

/** Formats for one language: every function takes a number or null and returns a string. */
export function formats(lang) {
  const units = UNITS[lang] ?? UNITS.en;
  const prefix = lang === "fr" ? "" : "€";
  const number = (value, digits) =>
    new Intl.NumberFormat(lang === "fr" ? "fr-FR" : "en-GB", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value);
  const money = (value, digits, unit) => {
    const sign = value < 0 ? "−" : "";
    return `${sign}${prefix}${number(Math.abs(value), digits)}${unit}`;
  };
  const known = (format) => (value) =>
    value === null || value === undefined || Number.isNaN(value) ? "–" : format(value);

  /** Euros and cents, exact. */
  const exact = known((cents) => money(cents / 100, 2, units.euro));
  /** Whole euros. */
  const euros = known((cents) => money(Math.round(cents / 100) || 0, 0, units.euro));
  /** Short form for headlines and labels: 1,2 M€; below a million, whole euros. */
  const compact = known((cents) => scaled(cents, 1e6));
  /** Shortest form, for axes: 120 k€. */
  const axis = known((cents) => scaled(cents, 1e3, roundDigits));

  /**
   * Amounts of one picture in one unit, that of the largest: whole euros below ten millions, else millions
   * (or billions) with two decimals; what would read zero is told to be less than the smallest.
   */
  function alike(values) {
    const most = Math.max(0, ...values.map((value) => Math.abs(value ?? 0))) / 100;
    if (most < 1e7) return euros;
    const [size, unit] = most < 1e10 ? [1e6, units.million] : [1e9, units.billion];
    return known((cents) => {
      const value = cents / 100 / size;
      const tiny = value !== 0 && Math.abs(value) < 0.005;
      return tiny ? `< ${money(0.01, 2, unit)}` : money(value, 2, unit);
    });
  }

  function scaled(cents, smallest, digits = digitsFor) {
    const value = cents / 100;
    const size = Math.abs(value);
    if (size >= 999_950_000) return money(value / 1e9, digits(size / 1e9), units.billion);
    if (size >= 999_950 || (size >= 1e6 && smallest <= 1e6)) {
      return money(value / 1e6, digits(size / 1e6), units.million);
    }
    if (size >= 1e3 && smallest <= 1e3) {
      return money(value / 1e3, digits(size / 1e3), units.thousand);
    }
    return money(Math.round(value) || 0, 0, units.euro);
  }

  const percent = known((ratio) => {
    const value = Math.abs(ratio) < 0.0005 ? 0 : ratio * 100;
    const digits = value !== 0 && Math.abs(value) < 10 ? 1 : 0;
    const text = number(Math.abs(value), digits);
    return `${value < 0 ? "−" : ""}${text}${lang === "fr" ? NBSP : ""}%`;
  });
  const integer = known((value) => number(value, 0));
  const points = known((bp) => percent(bp / 10000));
  /** A rate with its two decimals: 22,29 %. */
  const rate = known(
    (bp) => `${bp < 0 ? "−" : ""}${number(Math.abs(bp) / 100, 2)}${lang === "fr" ? NBSP : ""}%`,
  );
  /** A number kept in hundredths, without useless decimals: 1 693,03. */
  const hundredths = known((value) => number(value / 100, value % 100 === 0 ? 0 : 2));
  const years = known(
    (hundredths) =>
      `${number(hundredths / 100, 1)}${NBSP}${yearWord(lang, Math.round(hundredths / 10) / 10)}`,
  );

  return { exact, euros, compact, alike, axis, percent, points, rate, integer, hundredths, years };
}

/** In French, what is below two is singular: 1,1 an. */
function yearWord(lang, value) {
  if (lang === "fr") return Math.abs(value) < 2 ? "an" : "ans";
  return value === 1 ? "year" : "years";
}

/** On an axis, round graduations carry no decimals. */
function roundDigits(value) {
  return Number.isInteger(value) ? 0 : digitsFor(value);
}

function digitsFor(value) {
  return value >= 100 ? 0 : 1;
}

/** Euros with two decimals and no unit, for CSV cells. */
export const euros = (cents) => (cents / 100).toFixed(2);

/** The unit of a figure, which its name tells: only amounts are money, and divided by inhabitants. */
export function unitOf(id) {
  if (id.endsWith("_rate")) return "bp";
  return id.endsWith("_years") ? "years" : "EUR";
}

/** A figure of the summary in its own unit ("EUR" in cents, "bp" in basis points, "years" in hundredths). */
export function figureText(format, unit, value) {
  return { bp: format.points, years: format.years }[unit]?.(value) ?? format.compact(value);
}

const ACRONYMS = new Set(
  (
    "TVA TEOM CFE CVAE IFER TASCOM DGF DSR DSU DNP FCTVA FNGIR RMI RSA APA PCH ACTP SDIS CCAS EPCI " +
    "DSI SIVU SIVOM TIPP TICPE FPIC DETR DSIL CRIT RAR IR ICNE SMTC TP FPU HT TTC VRD DCTP FB FNB"
  ).split(" "),
);

/** An official label made readable: no capitals throughout, real apostrophes; others stay. */
export function readable(text) {
  const label = text?.replaceAll("\u0092", "’");
  if (!label || label !== label.toUpperCase() || !/[A-ZÀ-Ý]{4}/.test(label)) return label;
  const words = label
    .split(/(\s+|['’(),/-])/)
    .map((word) => (ACRONYMS.has(word) ? word : word.toLowerCase()));
  const sentence = words.join("");
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
