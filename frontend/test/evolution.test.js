import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bounds,
  chapters,
  constantEuros,
  measures,
  series,
  valueOf,
  years,
} from "../src/data/evolution.js";
import { comparable, ranking, standing, withAverage } from "../src/data/comparison.js";

const documents = [
  {
    year: 2019,
    stage: "BP",
    figures: { saving: 100, saving_rate: 10 },
    chapters: [
      ["F", "D", "0", "011", 40],
      ["F", "D", "1", "011", 2],
    ],
  },
  { year: 2019, stage: "DM", figures: { saving: -20, saving_rate: 3 } },
  { year: 2019, stage: "DM", figures: { saving: 5 } },
  { year: 2019, stage: "CA", figures: { saving: 90 } },
  { year: 2022, stage: "BP", figures: { saving: 120, other: null } },
];

test("years without a document are there, and empty", () => {
  assert.deepEqual(years(documents), [2019, 2020, 2021, 2022]);
  const list = series(documents, "saving", { additive: true });
  assert.deepEqual(list, [
    { id: "voted", values: [100, null, null, 120] },
    { id: "amended", values: [85, null, null, null] },
    { id: "realised", values: [90, null, null, null] },
  ]);
});

test("rates are never added up", () => {
  assert.deepEqual(
    series(documents, "saving_rate", { additive: false }).map(({ id }) => id),
    ["voted"],
  );
});

test("a chapter is followed over both kinds of operations", () => {
  assert.equal(valueOf(documents[0], "chapter:F:D:011"), 42);
  assert.equal(valueOf(documents[1], "chapter:F:D:011"), null);
  assert.deepEqual(
    chapters(documents).map(({ id }) => id),
    ["chapter:F:D:011"],
  );
});

test("only figures that somebody knows are offered", () => {
  assert.deepEqual(measures(documents), ["saving", "saving_rate"]);
  assert.deepEqual(years([]), []);
});

test("the axis holds zero and every value, on round graduations", () => {
  for (const values of [[3, 97, null], [-5, -1], [192_301_00, 190_000_00], [0], [null]]) {
    const { min, max, step } = bounds([{ values }]);
    assert.ok(min <= Math.min(0, ...values.filter(Number.isFinite)));
    assert.ok(max >= Math.max(0, ...values.filter(Number.isFinite)));
    assert.ok(max > min && (max - min) / step <= 7);
  }
  assert.deepEqual(bounds([{ values: [97] }]), { min: 0, max: 100, step: 20 });
});

test("a body is ranked once, among those that know the figure", () => {
  const self = { resource_id: "a", name: "A", figures: { debt: 30 } };
  const bodies = [
    self,
    { resource_id: "b", name: "B", figures: { debt: 50 } },
    { resource_id: "c", name: "C", figures: {} },
  ];
  const list = ranking({ self, bodies }, "debt");
  assert.deepEqual(
    list.map(({ name, own }) => [name, own]),
    [
      ["B", false],
      ["A", true],
    ],
  );
  assert.deepEqual(standing(list, 40), { rank: 2, count: 2, value: 30, gap: -0.25 });
  assert.equal(standing(list, 0).gap, null);
  assert.equal(standing(ranking({ self: null, bodies }, "debt"), 40), null);
  assert.deepEqual(comparable({ self, bodies }), ["debt"]);
});

test("constant euros take the rise of prices out, beside per inhabitant", () => {
  const two = [
    { year: 2020, stage: "CA", population: 10, figures: { saving: 1000 } },
    { year: 2022, stage: "CFU", population: 10, figures: { saving: 1000 } },
  ];
  const constant = constantEuros(two, { index: { 2020: 10000, 2022: 11200 } });
  assert.equal(constant.base, 2022);
  const values = (options) => series(two, "saving", { additive: true, ...options })[0].values;
  assert.deepEqual(values({ constant }), [1120, null, 1000]);
  assert.deepEqual(values({ constant, perHead: true }), [112, null, 100]);
  assert.deepEqual(values({}), [1000, null, 1000]);
});

test("without an index for each year there are no constant euros", () => {
  assert.equal(constantEuros(documents, { index: { 2019: 100 } }), null);
  assert.equal(constantEuros(documents, null), null);
  assert.equal(constantEuros(documents.slice(0, 3), { index: { 2019: 100 } }), null);
});

test("an average stands at its place and is no body", () => {
  const list = [
    { name: "A", value: 9 },
    { name: "B", value: 3 },
  ];
  assert.deepEqual(
    withAverage(list, { name: "moyenne", value: 5 }).map(({ name }) => name),
    ["A", "moyenne", "B"],
  );
  assert.equal(withAverage(list, undefined), list);
});
