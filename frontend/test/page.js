// A page and a portal for the tests of scripts that need them: a DOM without a browser, and a real server.
import { createServer } from "node:http";
import { after } from "node:test";
import { Window } from "happy-dom";

const GLOBALS = [
  "window",
  "document",
  "fetch",
  "FormData",
  "XMLHttpRequest",
  "Event",
  "SubmitEvent",
];

/** Shows `html` at `url` as the page of every script; the window. */
export function showPage(html, url = "http://127.0.0.1/") {
  const window = new Window({ url });
  window.document.body.innerHTML = html;
  for (const name of GLOBALS) globalThis[name] = name === "window" ? window : window[name];
  after(() => window.happyDOM.close());
  return window;
}

/**
 * A server on loopback. `answer({ method, path, body })` gives the JSON of the answer, or a number: its
 * status. Returns { url, asked }, the list of what was asked.
 */
export async function portal(answer) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const question = { method: request.method, path: request.url, body };
    asked.push(question);
    const given = answer(question);
    const status = typeof given === "number" ? given : 200;
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(given));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}`, asked };
}

/** Waits until `condition()` holds; the runner's own limit ends what never does. */
export async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
