// The view as a whole: reads the page's options, keeps the state in the address, shows one tab.
import { load, loader } from "./api.js";
import { clear } from "./charts/stage.js";
import { columnKinds } from "./columns.js";
import { hasFunctions } from "./data/cube.js";
import { formats } from "./format.js";
import { translator, typesetAll } from "./i18n.js";
import { embedded, readOptions } from "./options.js";
import { paletteOf } from "./palette.js";
import { change, format as written, parse } from "./state.js";
import { TAB_MODULES } from "./tabs/index.js";
import { mountAll } from "./ui/chartblock.js";
import { choicesBlock } from "./ui/choices.js";
import { h, keepingPlace } from "./ui/dom.js";
import { followHeight, mirrorHash, outerHash } from "./ui/frame.js";
import { glossaryDialog } from "./ui/glossary.js";
import { failure, header, waiting } from "./ui/page.js";
import { shareBlock } from "./ui/share.js";
import { tabList } from "./ui/tabs.js";
import { wordsOf } from "./words.js";

export async function start(root) {
  const options = readOptions(root);
  const t = translator(options.lang);
  const still = root.querySelector("[data-budget-static]");
  const shell = h("div.bv", { lang: options.lang });
  root.append(shell);
  followHeight(root);
  const fetchOnce = loader();
  const say = (message) => {
    shell.replaceChildren(message);
    for (const said of root.querySelectorAll("[data-budget-sentence]")) said.hidden = true;
  };
  try {
    const summary =
      embedded("budget-summary") ?? (await fetchOnce(options.summary_url, () => say(waiting(t))));
    const app = assemble({ options, t, summary, load: fetchOnce });
    if (still) still.hidden = true;
    document.documentElement.classList.add("bv-ready");
    run(app, shell);
  } catch (error) {
    say(failure(t, error));
  }
}

/** Everything that tabs read, in one object; only `state` changes afterwards. */
function assemble({ options, t, summary, load: fetchOnce }) {
  const texts = typesetAll(options.lang, embedded("budget-texts") ?? {});
  const format = formats(options.lang);
  const { document: about } = summary;
  const defaults = {
    tab: options.tabs[0],
    section: "",
    direction: "D",
    order: "0",
    amount: summary.basis,
    amounts: summary.amounts,
    axis: hasFunctions(summary) ? "function" : "nature",
    shape: "treemap",
    words: "plain",
    path: [],
    measure: "",
    per: "",
    euros: "",
    q: "",
    sort: summary.basis ? `BGT_${summary.basis} desc` : "",
    page: "1",
  };
  const app = {
    options,
    t,
    summary,
    texts,
    format,
    columns: columnKinds(format),
    defaults,
    palette: paletteOf(options.palette),
    drawn: 0,
    urls: {
      history: options.history_url,
      similar: options.similar_url,
      annexes: options.annexes_url,
      lines: options.lines_url,
      csv: options.csv_url,
    },
    load: fetchOnce,
    ask: (url) => load(url),
    fileName:
      [about.siret, about.year, about.stage].filter(Boolean).join("-").toLowerCase() || "budget",
    /** Whose budget it is, as people say it: an annex budget speaks in its own name. */
    whose: options.whose || about.name,
    get subtitle() {
      return [app.whose, app.words.stage(about)].filter(Boolean).join(" – ");
    },
    source: t("source", {
      title: options.title || options.whose || about.name,
      url: (options.portal_url || location.href).split("#")[0],
    }),
    /** What the amounts shown are: "done", "planned", or "changed" by a decision of the year. */
    get tense() {
      if (app.state.amount === "MTREAL") return "done";
      return ["DM", "BS"].includes(about.stage) ? "changed" : "planned";
    },
    get axisUsed() {
      return app.state.axis === "function" && hasFunctions(summary) ? "function" : "nature";
    },
  };
  app.words = wordsOf(app);
  app.glossary = glossaryDialog(options.lang, t, texts.glossary);
  app.state = visible(parse(adoptedHash(), defaults), options);
  return app;
}

/** Our own hash, else that of the portal's page around us, which we take so that "back" finds it. */
function adoptedHash() {
  if (!location.hash && outerHash()) history.replaceState(null, "", outerHash());
  return location.hash;
}

/** A link to a hidden tab shows the first one. */
function visible(state, { tabs }) {
  return tabs.includes(state.tab) ? state : { ...state, tab: tabs[0] };
}

function run(app, shell) {
  const panels = new Map();
  const content = h("div.bv-content");
  const share = shareBlock(app);
  const tabs = tabList(app, (tab) => app.go({ tab }));
  for (const tab of app.options.tabs) {
    panels.set(
      tab,
      h("div.bv-panel", {
        role: "tabpanel",
        id: `bv-panel-${tab}`,
        "aria-labelledby": `bv-tab-${tab}`,
        data: { tab },
      }),
    );
  }
  content.append(...panels.values());
  shell.replaceChildren(header(app), tabs.element, content, share.element);

  const show = () => {
    tabs.select(app.state.tab);
    for (const [tab, panel] of panels) {
      panel.hidden = tab !== app.state.tab;
      if (panel.hidden) {
        clear(panel);
        panel.replaceChildren();
      }
    }
    share.update();
    return fill(app, panels.get(app.state.tab));
  };
  app.go = (changes) => {
    app.state = change(app.state, changes);
    const hash = written(app.state, app.defaults);
    if (`#${hash}` !== location.hash)
      history.pushState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    mirrorHash(hash);
    return show();
  };
  const returned = () => {
    app.state = visible(parse(location.hash, app.defaults), app.options);
    mirrorHash(written(app.state, app.defaults));
    show();
  };
  window.addEventListener("popstate", returned);
  show();
}

/** Draws one tab; a slow answer that comes after another choice is thrown away. */
async function fill(app, panel) {
  const { t, state } = app;
  const tab = TAB_MODULES[state.tab];
  const slow = setTimeout(
    () => app.state === state && panel.setAttribute("aria-busy", "true"),
    150,
  );
  let parts;
  try {
    parts = await tab.render(app);
  } catch (error) {
    parts = failure(t, error);
  }
  clearTimeout(slow);
  if (app.state !== state) return;
  panel.removeAttribute("aria-busy");
  const heading = tab.heading?.(app) ?? state.tab;
  const choices = typeof tab.choices === "function" ? tab.choices(app) : tab.choices;
  keepingPlace(panel, () => {
    clear(panel);
    panel.replaceChildren(
      h("h2.bv-tab-title", t(`tab.${heading}.title`)),
      h("p.bv-tab-lead", t(`tab.${heading}.lead`)),
      ...[choicesBlock(app, choices), parts].flat(3).filter(Boolean),
    );
  });
  mountAll(panel);
  app.drawn += 1;
  panel.closest(".bv").dataset.drawn = String(app.drawn); // for whoever waits for the picture
}
