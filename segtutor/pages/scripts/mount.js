// @ts-check
/**
 * Puts the widgets of a page in the place of their stills, each when it comes near the window.
 *
 * The page carries one JSON text: `modules` {name: ES module}, `bytes` [base64], `models` {id: {module, state}}; in a
 * state `{"$bytes": n}` stands for bytes[n]. Views of one model share it, as in a notebook.
 */
import { decoded, makeModel, viewOf, widgetOf } from "./host.js";
import { present } from "./slides.js";

const NEAR = "800px 0px"; // a screen or so ahead of the reader

const store = JSON.parse(document.getElementById("segtutor-store").textContent);
const remembered = (make) => {
  const made = new Map();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
};
const bytes = remembered((place) => viewOf(store.bytes[place]));
const moduleOf = remembered((name) => widgetOf(store.modules[name]));
const modelOf = remembered(async (id) => {
  const { module, state } = store.models[id];
  const { model } = makeModel(decoded(state, bytes), { kernel: false });
  const widget = await moduleOf(module);
  await widget.initialize?.({ model });
  return { model, widget };
});

async function mount(figure) {
  const still = figure.querySelector("img"),
    note = figure.querySelector("figcaption");
  const el = document.createElement("div");
  try {
    const { model, widget } = await modelOf(figure.dataset.model);
    // It is laid out in its place, where it can measure itself, and seen when it is drawn
    el.className = "mounting";
    figure.prepend(el);
    await widget.render({ model, el });
    el.className = "mounted";
    still?.remove();
    note.hidden = true;
    figure.dataset.state = "live";
  } catch (error) {
    el.remove();
    note.hidden = false;
    note.textContent = `This still cannot come to life in this browser (${error.message}). ${note.dataset.kernel}`;
    figure.dataset.state = "still";
    console.error(error);
  }
}

/** Widgets read the theme as JupyterLab states it. */
const dark = matchMedia("(prefers-color-scheme: dark)");
const sayTheme = () => {
  document.body.dataset.jpThemeLight = String(!dark.matches);
};
dark.addEventListener("change", sayTheme);
sayTheme();

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      mount(target);
    }
  },
  { rootMargin: NEAR },
);
document.querySelectorAll("figure[data-model]").forEach((figure) => watcher.observe(figure));

// Where the table of contents stands above the text it begins folded
const contents = document.getElementById("contents");
if (contents instanceof HTMLDetailsElement && matchMedia("(max-width: 1179px)").matches) contents.open = false;

// What is wider than its column is scrolled by keys as well: it takes the focus, as long as it is wider
const wide = [...document.querySelectorAll("pre, .tex.display, .wide:not([tabindex])")];
const reach = (node) => {
  if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
  else node.removeAttribute("tabindex");
};
const scrolled = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));
for (const node of wide) scrolled.observe(node);
document.fonts.addEventListener("loadingdone", () => wide.forEach(reach)); // an equation has its width by its letters

// The choice to fold the code away lasts as long as the page: a file on disk has no place to keep it
const codes = /** @type {HTMLInputElement | null} */ (document.getElementById("show-code"));
codes?.addEventListener("change", () => document.body.classList.toggle("without-code", !codes.checked));

/** Equations, set by the KaTeX that the page carries; one that it does not know stays as it was written. */
if (globalThis.katex) {
  for (const place of document.querySelectorAll(".tex")) {
    globalThis.katex.render(place.textContent, place, {
      displayMode: place.classList.contains("display"),
      throwOnError: false,
      trust: false,
      maxExpand: 1000,
    });
  }
}

if (document.querySelector(".slides")) present();
