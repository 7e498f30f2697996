// Summaries for the tests: a small one written by hand, and any number drawn from a seed.

/** A budget with both sections, a policy tree, order operations and one negative post. */
export function small() {
  return build({
    chapters: [
      ["011", "CHARGES A CARACTERE GENERAL"],
      ["012", "Charges de personnel"],
      ["73", "Impôts et taxes"],
      ["21", "Immobilisations corporelles"],
      ["13", "Subventions d'investissement"],
      ["042", "Opérations d'ordre"],
    ],
    natures: [
      ["60", "Achats", -1],
      ["6061", "Énergie", 0],
      ["6068", "Autres fournitures", 0],
      ["64111", "Rémunérations", -1],
      ["7311", "Impôts locaux", -1],
      ["2111", "Terrains", -1],
      ["1321", "État", -1],
      ["6811", "Amortissements", -1],
    ],
    functions: [
      ["2", "Enseignement", -1],
      ["21", "Premier degré", 0],
      ["211", "Maternelles", 1],
      ["0", "Services généraux", -1],
      ["", "Non ventilé", -1],
    ],
    // section, direction, order, chapter, nature, function, realised, voted, remainders
    cells: [
      ["F", "D", "0", 0, 1, 2, 20_000_00, 25_000_00, 0],
      ["F", "D", "0", 0, 2, 1, -1_000_00, 500_00, 0],
      ["F", "D", "0", 1, 3, 3, 50_000_00, 50_000_00, 0],
      ["F", "R", "0", 2, 4, 3, 90_000_00, 88_000_00, 0],
      ["I", "D", "0", 3, 5, 2, 40_000_00, 60_000_00, 5_000_00],
      ["I", "R", "0", 4, 6, 4, 10_000_00, 20_000_00, 1_000_00],
      ["F", "D", "1", 5, 7, 4, 3_000_00, 3_000_00, 0],
    ],
  });
}

/** A summary of `count` cells drawn from a seed: repeatable, deficits and negatives included. */
export function drawn(seed, count) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const entries = (prefix, size) =>
    Array.from({ length: size }, (_, i) => [
      `${prefix}${i}`,
      `Poste ${i}`,
      i > 3 && next() > 0.5 ? Math.floor(next() * 4) : -1,
    ]);
  const [chapters, natures, functions] = [entries("c", 12), entries("n", 40), entries("f", 20)];
  const money = () => (next() < 0.1 ? -1 : 1) * Math.floor(next() ** 3 * 1e9);
  const cells = Array.from({ length: count }, () => [
    pick("FI"),
    pick("DR"),
    pick("0012"),
    Math.floor(next() * 12),
    Math.floor(next() * 40),
    Math.floor(next() * 20),
    money(),
    money(),
    money(),
  ]);
  return build({ chapters, natures, functions, cells });
}

function build({ chapters, natures, functions, cells }) {
  const column = (at) => cells.map((cell) => cell[at]);
  const text = (at) => column(at).join("");
  const names = (list) => ({
    codes: list.map(([code]) => code),
    labels: list.map(([, label]) => label),
    parents: list.map(([, , parent = -1]) => parent),
  });
  const common = {
    section: text(0),
    direction: text(1),
    order: text(2),
    plain: cells.map(([section, , order]) => (order === "2" ? 2 : section === "I" ? 1 : 0)),
    values: { MTREAL: column(6), CREDOUV: column(7), MTRAR3112: column(8) },
  };
  return {
    document: { name: "Essai", siret: "1", year: 2023, stage: "CA", population: 100 },
    basis: "MTREAL",
    voted: "CREDOUV",
    realised: "MTREAL",
    remainders: "MTRAR3112",
    amounts: ["MTREAL", "CREDOUV", "MTRAR3112"],
    chapters: names(chapters),
    natures: names(natures),
    functions: names(functions),
    by_nature: { ...common, chapter: column(3), nature: column(4) },
    by_function: { ...common, chapter: column(3), function: column(5) },
    categories: ["staff", "works", "former_years"],
    changes: null,
    figures: [],
    findings: [],
  };
}

function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}
