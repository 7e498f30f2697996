// Living inside another page: tell it our height, and keep its address in step when it is the portal's.

const MESSAGE = "budget-view:height";

/** The listener that a page on another site adds beside the iframe (it is part of the embed code). */
export function listenerScript() {
  return (
    "<script>addEventListener('message',function(e){var d=e.data;" +
    `if(d&&d.type==='${MESSAGE}')document.querySelectorAll('iframe[data-budget]').forEach(function(f){` +
    "if(f.contentWindow===e.source)f.style.height=d.height+'px'})})</" +
    "script>"
  );
}

export function embedCode(url, title, height) {
  const attribute = (text) =>
    text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  return (
    `<iframe data-budget src="${attribute(url)}" title="${attribute(title)}" width="100%" ` +
    `height="${height}" style="border:0" loading="lazy"></iframe>\n${listenerScript()}`
  );
}

/** Same-origin frame element, or null (not framed, or framed by another site). */
function ownFrame() {
  try {
    return window.frameElement;
  } catch {
    return null;
  }
}

/** Keeps the frame as high as its content. */
export function followHeight(root) {
  if (window.parent === window) return;
  let last = 0;
  const tell = () => {
    const height = Math.ceil(root.getBoundingClientRect().bottom + window.scrollY + 32);
    if (Math.abs(height - last) < 2) return;
    last = height;
    const frame = ownFrame();
    if (frame) frame.style.height = `${height}px`;
    window.parent.postMessage({ type: MESSAGE, height }, "*");
  };
  new ResizeObserver(tell).observe(root);
  window.addEventListener("load", () => setTimeout(() => ((last = 0), tell()), 400));
}

/** Hash of the portal's page around us, "" when there is none or it is not ours to read. */
export function outerHash() {
  return ownFrame() ? window.parent.location.hash : "";
}

/** Shows the state in the address of the portal's page too, without adding to its history. */
export function mirrorHash(hash) {
  if (!ownFrame()) return;
  const { location, history } = window.parent;
  history.replaceState(
    history.state,
    "",
    `${location.pathname}${location.search}${hash ? `#${hash}` : ""}`,
  );
}

/** Address that reproduces the picture: the portal's page when we are inside it, else this page. */
export function shareUrl(hash) {
  const { href } = ownFrame() ? window.parent.location : window.location;
  return `${href.split("#")[0]}${hash ? `#${hash}` : ""}`;
}
