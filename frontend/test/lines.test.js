import assert from "node:assert/strict";
import { test } from "node:test";
import { load, loader, Unavailable } from "../src/api.js";
import { all, csv, query, withParameters } from "../src/data/lines.js";

const state = { section: "F", direction: "D", order: "0", q: "école", sort: "BGT_MTREAL desc" };

test("choices become filters of the DataStore", () => {
  const asked = query(state, { limit: 25, offset: 50 });
  assert.deepEqual(JSON.parse(asked.filters), {
    BGT_SECTION: "fonctionnement",
    BGT_CODRD: "dépense",
    BGT_OPBUDG: "réel",
  });
  assert.deepEqual([asked.q, asked.sort, asked.offset], ["école", "BGT_MTREAL desc", 50]);
  assert.equal(query({ section: "", direction: "", order: "all", q: "" }).filters, undefined);
  assert.equal(
    withParameters("/api?resource_id=1", { q: "a b" }, "http://x"),
    "http://x/api?resource_id=1&q=a+b",
  );
});

test("every matching line is fetched, chunk after chunk", async () => {
  const records = Array.from({ length: 12_345 }, (_, i) => ({ i }));
  const page = async ({ limit, offset }) => ({
    total: records.length,
    records: records.slice(offset, offset + limit),
  });
  assert.deepEqual(await all(state, page), records);
  assert.deepEqual(await all(state, async () => ({ total: 3, records: [] })), []);
});

test("CSV keeps the values, quotes what needs it, disarms formulas", () => {
  assert.equal(
    csv(
      ["a", "b"],
      [
        ['say "x"', -12.5],
        ["=1+1", null],
        ["-2+3", "l1\nl2"],
      ],
    ),
    'a,b\r\n"say ""x""",-12.5\r\n\'=1+1,\r\n\'-2+3,"l1\nl2"\r\n',
  );
});

const answers =
  (...list) =>
  async () => {
    const [status, body] = list.length > 1 ? list.shift() : list[0];
    return { ok: status < 400, status, json: async () => body };
  };

test("an answer that is being computed is asked for again", async () => {
  let told = 0;
  const fetcher = answers([202, { state: "computing" }], [200, { state: "ready", rows: 3 }]);
  const answer = await load("/x", { fetcher, waiting: () => (told += 1) });
  assert.deepEqual([answer.rows, told], [3, 1]);
});

test("failures are told apart", async () => {
  const reason = async (fetcher, more) =>
    (await load("/x", { fetcher, ...more }).catch((error) => error)).message;
  assert.equal(await reason(answers([403, {}])), "forbidden");
  assert.equal(await reason(answers([500, {}])), "server");
  assert.equal(
    await reason(answers([200, { state: "failed", message: "Une phrase." }])),
    "Une phrase.",
  );
  assert.equal(await reason(answers([202, { state: "computing" }]), { patience: -1 }), "late");
  assert.equal(await reason(() => Promise.reject(new TypeError("no"))), "network");
});

test("an address is read once, unless it failed", async () => {
  let calls = 0;
  const get = loader({
    fetcher: async () => (
      (calls += 1),
      { ok: calls > 1, status: 500, json: async () => ({ state: "ready" }) }
    ),
  });
  await assert.rejects(get("/x"), Unavailable);
  await get("/x");
  await get("/x");
  assert.equal(calls, 2);
});
