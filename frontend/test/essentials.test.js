import assert from "node:assert/strict";
import { test } from "node:test";
import { amended } from "../src/data/changes.js";
import { balances, hundred, saved, wholes } from "../src/data/essentials.js";
import { total } from "../src/data/cube.js";
import { formats } from "../src/format.js";
import { drawn } from "./summary.js";

test("out of 100 euros, whole euros add up to 100 and shares to 1, on many documents", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    for (const axis of ["nature", "function"]) {
      const { posts } = hundred(drawn(seed, 150), {
        axis,
        filter: { direction: "D", order: "" },
        kind: "MTREAL",
        count: 7,
        others: String,
        naming: { plain: seed % 2 === 0, category: (id) => id },
      });
      const add = (name) => posts.reduce((sum, each) => sum + each[name], 0);
      assert.equal(add("euros"), 100, `seed ${seed}`);
      assert.ok(Math.abs(add("share") - 1) < 1e-9);
    }
  }
});

test("the largest remainders are rounded up", () => {
  assert.deepEqual(wholes([33.4, 33.3, 33.3]), [34, 33, 33]);
  assert.deepEqual(wholes([99.6, 0.4]), [100, 0]);
  assert.deepEqual(wholes([]), []);
});

test("results of former years are rows of their own, never money of a section", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const summary = drawn(seed, 120);
    const rows = balances(summary, { order: "", kind: "MTREAL", sections: ["F", "I"] });
    const sum = (name) => rows.reduce((whole, each) => whole + each[name], 0);
    assert.equal(sum("receipts"), total(summary, { direction: "R" }, "MTREAL"));
    assert.equal(sum("expenses"), total(summary, { direction: "D" }, "MTREAL"));
    const former = rows.filter(({ carried }) => carried);
    assert.equal(
      former.reduce((whole, { receipts }) => whole + receipts, 0),
      total(summary, { direction: "R", order: "2" }, "MTREAL"),
    );
  }
});

const change = (before) => ({
  document: { year: 2022 },
  chapters: { codes: ["011"], labels: ["Charges"] },
  changes: {
    chapters: [
      {
        section: "F",
        direction: "D",
        order: "0",
        chapter: "011",
        before,
        change: 1595_00,
        after: before && before + 1595_00,
      },
    ],
  },
});
const voted = (stage, resource_id, cents, year = 2022) => ({
  stage,
  resource_id,
  year,
  chapters: [["F", "D", "0", "011", cents]],
});

test("before a decision: what the document says, else what is published before it, else nothing", () => {
  assert.equal(amended(change(10_00), [], "dm2").origin, "document");
  const documents = [
    voted("BP", "old", 1_00, 2021),
    voted("BP", "bp", 100_00),
    voted("DM", "dm1", 50_00),
    voted("DM", "dm2", 1595_00),
    voted("CA", "ca", 9_00),
  ];
  const { origin, rows } = amended(change(null), documents, "dm2");
  assert.equal(origin, "portal");
  assert.deepEqual([rows[0].before, rows[0].after, rows[0].label], [150_00, 1745_00, "Charges"]);
  const alone = amended(change(null), [voted("DM", "dm2", 1595_00)], "dm2");
  assert.deepEqual([alone.origin, alone.rows[0].before], ["unknown", null]);
});

test("amounts of one picture have one unit, and none reads zero", () => {
  const { alike } = formats("fr");
  const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ");
  const small = alike([1_029_827_53, 938_00]);
  assert.deepEqual(
    [1_029_827_53, 938_00].map((each) => plain(small(each))),
    ["1 029 828 €", "938 €"],
  );
  const large = alike([162_590_000_00, 938_00]);
  assert.deepEqual(
    [162_590_000_00, 938_00, 0].map((each) => plain(large(each))),
    ["162,59 M€", "< 0,01 M€", "0,00 M€"],
  );
});

test("what becomes of savings is said when there are any", () => {
  const summary = (gross_saving, debt_repayment, net_saving) => ({
    figures: Object.entries({ gross_saving, debt_repayment, net_saving }).map(([id, value]) => ({
      id,
      value,
    })),
  });
  assert.deepEqual(saved(summary(500, 200, 300)), { saving: 500, repaid: 200, net: 300 });
  assert.equal(saved(summary(500, 700, -200)).net, -200);
  for (const nothing of [
    summary(null, 200, null),
    summary(-5, 1, -6),
    summary(5, 0, 5),
    { figures: [] },
    {},
  ])
    assert.equal(saved(nothing), null);
});
