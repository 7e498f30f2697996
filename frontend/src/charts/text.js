// Text measured as the browser will draw it, on as many lines as it needs, and without markup.

let pen;

/** Width in pixels of a text in a CSS font. */
export function widthOf(text, font) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = font;
  return pen.measureText(text).width;
}

/**
 * The text on lines of at most `room` pixels: cut between words, after a hyphen or a slash, never inside of
 * them, so that nothing is lost.
 */
export function wrapped(text, room, font, measure = widthOf) {
  const parts = text
    .split(/[ \t\n]+/) // a no-break space is no place to cut
    .filter(Boolean)
    .flatMap((word) => word.split(/(?<=[-/])/).map((part, i) => (i ? part : ` ${part}`)));
  const lines = [];
  for (const part of parts) {
    const joined = `${lines[lines.length - 1] ?? ""}${part}`.trimStart();
    if (lines.length > 0 && measure(joined, font) <= room) lines[lines.length - 1] = joined;
    else lines.push(part.trimStart());
  }
  return lines.length ? lines : [""];
}

/** Braces and bars are rich-text markup for ECharts: a label that holds some loses them. */
export const safe = (text) => text.replace(/[{}|]/g, " ");
