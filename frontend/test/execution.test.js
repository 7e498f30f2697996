import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, rows } from "../src/data/execution.js";
import { drawn, small } from "./summary.js";
import { total } from "../src/data/cube.js";

const filter = { direction: "D", order: "0" };

test("an account compares what was voted with what was done", () => {
  const { rows: list, total: whole } = rows(small(), { filter, kinds: columns(small()) });
  const land = list.find(({ code }) => code === "21");
  assert.equal(land.rate, 2 / 3);
  assert.equal(land.left, 15_000_00);
  assert.deepEqual(
    [whole.voted, whole.realised, whole.remainders],
    [135_500_00, 109_000_00, 5_000_00],
  );
});

test("a forecast is compared with the previous budget, or stands alone", () => {
  const forecast = {
    ...small(),
    basis: "MTPREV",
    voted: "MTPREV",
    realised: null,
    remainders: null,
    amounts: ["MTBUDGPREC", "MTPREV"],
  };
  assert.deepEqual(columns(forecast), {
    voted: "MTBUDGPREC",
    realised: "MTPREV",
    remainders: null,
    forecast: true,
  });
  assert.equal(columns({ ...forecast, amounts: ["MTPREV"] }).voted, null);
});

test("nothing voted gives no rate", () => {
  const summary = small();
  summary.by_nature.values.CREDOUV[4] = 0;
  const { rows: list } = rows(summary, { filter, kinds: columns(summary) });
  assert.equal(list.find(({ code }) => code === "21").rate, null);
});

test("an account known on one side only is opened too", () => {
  const summary = small();
  summary.by_nature.values.MTREAL[4] = 0;
  const { rows: list, trail } = rows(summary, { filter, kinds: columns(summary), path: ["c21"] });
  assert.deepEqual(
    list.map(({ code, voted, realised }) => [code, voted, realised]),
    [["2111", 60_000_00, 0]],
  );
  assert.equal(trail.at(-1).label, "Immobilisations corporelles");
});

test("the rows add up to the document, on many documents", () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const summary = drawn(seed, 200);
    const { total: whole } = rows(summary, { filter, kinds: columns(summary) });
    assert.equal(whole.voted, total(summary, filter, "CREDOUV"));
    assert.equal(whole.realised, total(summary, filter, "MTREAL"));
    assert.equal(whole.remainders, total(summary, filter, "MTRAR3112"));
  }
});
