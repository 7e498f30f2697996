// Colours that stay apart for colour-blind readers (after Okabe and Ito, darkened to reach a contrast
// of 3:1 on white). Meaning never rests on colour alone: blocks are labelled, lines have symbols.

export const INK = "#1b2229"; // words
export const QUIET = "#4a545d"; // words of second rank
export const LINE = "#8a949d"; // axes, bars without a meaning of their own

export const PALETTES = {
  default: {
    receipt: "#0b6e99",
    expense: "#b8501b",
    section: "#44546a",
    surplus: "#2e7d57",
    carried: "#6b5b95",
    deficit: "#a3195b",
    negative: "#7a7a7a",
    soft: "#8096a5",
    own: "#b8501b",
    other: "#6f8596",
    series: [
      "#0b5f87",
      "#a8430f",
      "#1f6b48",
      "#7a4b92",
      "#735a00",
      "#98174f",
      "#345ca3",
      "#4f5e24",
      "#8c4432",
      "#3a5e63",
    ],
  },
  contrast: {
    receipt: "#0072b2",
    expense: "#c24e00",
    section: "#3f3f46",
    surplus: "#00785a",
    carried: "#5b4494",
    deficit: "#a8396f",
    negative: "#757575",
    soft: "#84949e",
    own: "#c24e00",
    other: "#6b7f8e",
    series: [
      "#0063a0",
      "#a84300",
      "#006b50",
      "#9a2f63",
      "#765600",
      "#1c5f86",
      "#56491f",
      "#5b4494",
      "#5e5e5e",
      "#1b4965",
    ],
  },
  mono: {
    receipt: "#1d4e6b",
    expense: "#5b7f96",
    section: "#2f3b45",
    surplus: "#3b6b86",
    carried: "#6a6f76",
    deficit: "#161d23",
    negative: "#767676",
    soft: "#8697a2",
    own: "#12354b",
    other: "#7d93a1",
    series: [
      "#12354b",
      "#2a6485",
      "#1d4e6b",
      "#3f6f8b",
      "#27455a",
      "#4a6d82",
      "#33505f",
      "#466579",
      "#52656f",
      "#59656d",
    ],
  },
};

export function paletteOf(name) {
  return PALETTES[name] ?? PALETTES.default;
}

/** Relative luminance of "#rrggbb" (WCAG 2). */
export function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio of two colours (WCAG 2), from 1 to 21. */
export function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** White or near-black, whichever reads better on the colour. */
export function inkOn(colour) {
  return contrast(colour, "#ffffff") >= 4.5 ? "#ffffff" : INK;
}

/** The colour mixed with white: amount 0 (itself) to 1 (white). */
export function lighten(colour, amount) {
  const mixed = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16);
    return Math.round(value + (255 - value) * amount)
      .toString(16)
      .padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}
