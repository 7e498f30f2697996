// Text measured as the browser will draw it, cut where it must be, and without markup.

let pen;

/** Width in pixels of a text in a CSS font. */
export function widthOf(text, font) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = font;
  return pen.measureText(text).width;
}

/** The text, cut to `room` pixels: on a word when one ends near, else inside it. */
export function fitted(text, room, font, measure = widthOf) {
  if (measure(text, font) <= room) return text;
  const long = (length) => measure(`${text.slice(0, length).trimEnd()}…`, font) > room;
  let length = text.length - 1;
  while (length > 1 && long(length)) length -= 1;
  const space = text.slice(0, length + 1).lastIndexOf(" ");
  return `${text.slice(0, space > length * 0.6 ? space : length).trimEnd()}…`;
}

/** Braces and bars are rich-text markup for ECharts: a label that holds some loses them. */
export const safe = (text) => text.replace(/[{}|]/g, " ");
