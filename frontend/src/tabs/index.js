// The tabs by their name in the address. A tab: { choices: [names] or app => [names],
// render(app) -> nodes or a promise, heading?: app => key of its title }.
import { annexTab } from "./annex.js";
import * as breakdown from "./breakdown.js";
import * as compare from "./compare.js";
import * as debt from "./debt.js";
import * as essentials from "./essentials.js";
import * as evolution from "./evolution.js";
import * as execution from "./execution.js";
import { withFigures } from "./figures.js";
import * as flows from "./flows.js";
import * as ratios from "./ratios.js";
import * as table from "./table.js";

export const TAB_MODULES = {
  essentiel: essentials,
  flux: flows,
  repartition: breakdown,
  execution,
  dette: debt,
  subventions: annexTab("grants"),
  personnel: withFigures(annexTab("staff", "sectors"), "staff_spending"),
  impots: annexTab("taxes"),
  programmes: annexTab("programmes"),
  bilan: annexTab("balance", "income"),
  ratios,
  evolution,
  comparer: compare,
  annexes: annexTab("contents"),
  tableau: table,
};
