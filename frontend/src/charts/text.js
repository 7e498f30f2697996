// Text measured as the browser will draw it, on as many lines as it needs, and without markup.

let pen;

/** Width in pixels of a text in a CSS font. */
export function widthOf(text, font) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = font;
  return pen.measureText(text).width;
}

/** The text on lines of at most `room` pixels: cut between words only, so that nothing is lost. */
export function wrapped(text, room, font, measure = widthOf) {
  const lines = [];
  for (const word of text.split(/(?<=-)|\s+/).filter(Boolean)) {
    const last = lines[lines.length - 1];
    const joined = last?.endsWith("-") ? `${last}${word}` : `${last} ${word}`;
    if (last !== undefined && measure(joined, font) <= room) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines.length ? lines : [""];
}

/** Braces and bars are rich-text markup for ECharts: a label that holds some loses them. */
export const safe = (text) => text.replace(/[{}|]/g, " ");
