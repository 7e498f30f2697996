// The settings form of a view: shows the charts as they will be, while the choices are made.
import "./styles/form.css";
import { h, onPage } from "./ui/dom.js";

const WAIT = 400;

/** The view that the form describes, as CKAN's preview page wants it. */
export function described(form) {
  const given = new FormData(form);
  return {
    view_type: "budget_view",
    title: given.get("title") ?? "",
    first_tab: given.get("first_tab") ?? "",
    palette: given.get("palette") ?? "",
    hidden_tabs: given.getAll("hidden_tabs").filter(Boolean),
  };
}

export function previewUrl(base, view) {
  return `${base}?resource_view=${encodeURIComponent(JSON.stringify(view))}`;
}

function follow(place) {
  const form = place.closest("form");
  const frame = h("iframe.budget-preview", { title: place.dataset.previewTitle || "Aperçu" });
  place.append(frame);
  let timer;
  const show = () => {
    const url = previewUrl(place.dataset.previewUrl, described(form));
    if (frame.getAttribute("src") !== url) frame.src = url;
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  show();
}

onPage(() => document.querySelectorAll("[data-budget-preview]").forEach(follow));
