// Building elements without a framework. Text is always set as text, never as markup.

/**
 * h("a.button", { href, onclick, data: { key } }, ...children), or h("p", ...children): an object that is
 * neither a list nor an element is attributes. Null and false children are skipped.
 */
export function h(selector, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  if (isPlain(children[0]))
    for (const [name, value] of Object.entries(children.shift())) assign(element, name, value);
  element.append(
    ...children.flat(3).filter((each) => each !== null && each !== undefined && each !== false),
  );
  return element;
}

const isPlain = (value) => Boolean(value) && Object.getPrototypeOf(value) === Object.prototype;

function assign(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "data") Object.assign(element.dataset, value);
  else if (name === "style")
    for (const [key, each] of Object.entries(value)) element.style.setProperty(key, each);
  else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? "" : value);
}

/**
 * Runs `render`, then gives the focus back to the element with the same data-key, or to the element
 * marked data-landing when it is gone. Opened <details> with a data-key stay open.
 */
export function keepingPlace(container, render) {
  const focused = container.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  const opened = [...container.querySelectorAll("details[data-key][open]")].map(
    (each) => each.dataset.key,
  );
  render();
  for (const each of container.querySelectorAll("details[data-key]")) {
    if (opened.includes(each.dataset.key)) each.open = true;
  }
  if (!focused || document.body.contains(focused)) return;
  const again = [...container.querySelectorAll("[data-key]")].find(
    (each) => each.dataset.key === key,
  );
  (again ?? container.querySelector("[data-landing]"))?.focus({ preventScroll: Boolean(again) });
}

/** An identifier that no other element of the page has. */
export function uid(prefix) {
  uid.last = (uid.last ?? 0) + 1;
  return `bv-${prefix}-${uid.last}`;
}

/** A small icon (24 × 24 path), hidden from screen readers. */
export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "bv-icon");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** Runs `begin` once the page is read; never outside a page (in the unit tests of what a script exports). */
export function onPage(begin) {
  if (typeof document === "undefined") return;
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
}
