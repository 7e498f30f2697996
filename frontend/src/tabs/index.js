// The tabs by their name in the address. A tab: { choices: [names], render(app) -> nodes or a promise }.
import * as breakdown from "./breakdown.js";
import * as compare from "./compare.js";
import * as essentials from "./essentials.js";
import * as evolution from "./evolution.js";
import * as execution from "./execution.js";
import * as flows from "./flows.js";
import * as table from "./table.js";

export const TAB_MODULES = {
  essentiel: essentials,
  flux: flows,
  repartition: breakdown,
  execution,
  evolution,
  comparer: compare,
  tableau: table,
};
