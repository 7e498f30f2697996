// Reading the portal's JSON: wait while it is being computed, say in a sentence what went wrong.

export class Unavailable extends Error {}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * JSON of `url`. While the server answers that it is computing, asks again (up to `patience` ms);
 * `waiting()` is called once when that happens. Throws Unavailable with a readable reason.
 */
export async function load(url, { waiting = () => {}, patience = 180_000, fetcher = fetch } = {}) {
  const end = Date.now() + patience;
  for (let pause = 1000, told = false; ; pause = Math.min(pause * 1.6, 10_000)) {
    const answer = await ask(url, fetcher);
    if (answer.state !== "computing") return ready(answer);
    if (Date.now() > end) throw new Unavailable("late");
    if (!told) waiting();
    told = true;
    await sleep(pause);
  }
}

async function ask(url, fetcher) {
  let response;
  try {
    response = await fetcher(url, {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    });
  } catch {
    throw new Unavailable("network");
  }
  if (!response.ok) throw new Unavailable(response.status === 403 ? "forbidden" : "server");
  try {
    return await response.json();
  } catch {
    throw new Unavailable("server");
  }
}

function ready(answer) {
  if (answer.state === "failed") throw new Unavailable(answer.message || "server");
  return answer;
}

/** Each url is asked for once per page. */
export function loader(options = {}) {
  const known = new Map();
  return (url, waiting) => {
    if (!known.has(url)) {
      const asked = load(url, { ...options, waiting });
      asked.catch(() => known.delete(url));
      known.set(url, asked);
    }
    return known.get(url);
  };
}
