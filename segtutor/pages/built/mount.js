/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 fc24fb670aae4304d29613386d40ff235d01f9bd5e2ae79682406f60e2b00654 of
   segtutor/pages/scripts/host.js
   segtutor/pages/scripts/mount.js
   segtutor/pages/scripts/slides.js
   tools/build_js.mjs
*/
// segtutor/pages/scripts/host.js
var within = (value, change) => Array.isArray(value) ? value.map(change) : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, change(v)])) : value;
function decoded(value, read) {
  return value && typeof value === "object" && "$bytes" in value ? read(value.$bytes) : within(value, (one) => decoded(one, read));
}
function viewOf(base64) {
  const letters = atob(base64), bytes2 = new Uint8Array(letters.length);
  for (let i = 0; i < bytes2.length; i++) bytes2[i] = letters.charCodeAt(i);
  return new DataView(bytes2.buffer);
}
function makeModel(values, { kernel, onSave, onSend } = {}) {
  const heard = /* @__PURE__ */ new Map(), unsaved = /* @__PURE__ */ new Map();
  const fire = (event, ...rest) => [...heard.get(event) ?? []].forEach((listener) => listener(...rest));
  const take = (name, value) => {
    if (typeof value !== "object" && JSON.stringify(values[name]) === JSON.stringify(value)) return;
    values[name] = value;
    fire(`change:${name}`, model, value);
    fire("change", model);
  };
  const model = {
    kernel,
    get: (name) => values[name],
    set: (name, value) => {
      for (const [key, one] of typeof name === "object" ? Object.entries(name) : [[name, value]]) {
        unsaved.set(key, one);
        take(key, one);
      }
    },
    on: (events, listener) => events.split(" ").forEach((event) => {
      if (!heard.has(event)) heard.set(event, /* @__PURE__ */ new Set());
      heard.get(event).add(listener);
    }),
    off: (events, listener) => {
      if (!events) heard.clear();
      else events.split(" ").forEach((event) => listener ? heard.get(event)?.delete(listener) : heard.delete(event));
    },
    save_changes: () => {
      const saved = Object.fromEntries(unsaved);
      unsaved.clear();
      if (Object.keys(saved).length) onSave?.(saved);
    },
    send: (content, _callbacks, buffers = []) => onSend?.(content, buffers)
  };
  return { model, take, fire, listeners: () => [...heard.values()].reduce((sum, one) => sum + one.size, 0) };
}
async function widgetOf(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    const offered = (await import(url)).default;
    return typeof offered === "function" ? await offered() : offered;
  } finally {
    URL.revokeObjectURL(url);
  }
}

// segtutor/pages/scripts/slides.js
function present() {
  const slides = (
    /** @type {HTMLElement[]} */
    [...document.querySelectorAll(".slide")]
  );
  const back = (
    /** @type {HTMLButtonElement} */
    document.getElementById("back")
  );
  const next = (
    /** @type {HTMLButtonElement} */
    document.getElementById("next")
  );
  const count = document.getElementById("count");
  const code = (
    /** @type {HTMLInputElement} */
    document.getElementById("show-code")
  );
  let here = 0;
  function show(place, focus = true) {
    here = Math.max(0, Math.min(slides.length - 1, place));
    slides.forEach((slide, number) => slide.classList.toggle("here", number === here));
    count.textContent = `${here + 1} / ${slides.length}`;
    back.disabled = here === 0;
    next.disabled = here === slides.length - 1;
    if (location.hash !== `#${here + 1}`) history.replaceState(null, "", `#${here + 1}`);
    slides[here].scrollTop = 0;
    if (focus) slides[here].focus({ preventScroll: true });
  }
  const named = () => Number.parseInt(location.hash.slice(1), 10) - 1 || 0;
  const KEYS = {
    ArrowRight: () => show(here + 1),
    PageDown: () => show(here + 1),
    " ": () => show(here + 1),
    ArrowLeft: () => show(here - 1),
    PageUp: () => show(here - 1),
    Home: () => show(0),
    End: () => show(slides.length - 1),
    c: () => code.click()
  };
  document.addEventListener("keydown", (event) => {
    const target = (
      /** @type {HTMLElement} */
      event.target
    );
    const wanted = target.closest("figure, input, textarea, select, button, summary, a") && !target.closest(".turn label");
    const act = KEYS[event.key];
    if (!act || wanted || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
  back.addEventListener("click", () => show(here - 1));
  next.addEventListener("click", () => show(here + 1));
  addEventListener("hashchange", () => show(named()));
  document.body.classList.add("presenting");
  document.body.classList.toggle("without-code", !code.checked);
  show(named(), false);
}

// segtutor/pages/scripts/mount.js
var NEAR = "800px 0px";
var store = JSON.parse(document.getElementById("segtutor-store").textContent);
var remembered = (make) => {
  const made = /* @__PURE__ */ new Map();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
};
var bytes = remembered((place) => viewOf(store.bytes[place]));
var moduleOf = remembered((name) => widgetOf(store.modules[name]));
var modelOf = remembered(async (id) => {
  const { module, state } = store.models[id];
  const { model } = makeModel(decoded(state, bytes), { kernel: false });
  const widget = await moduleOf(module);
  await widget.initialize?.({ model });
  return { model, widget };
});
async function mount(figure) {
  const still = figure.querySelector("img"), note = figure.querySelector("figcaption");
  const el = document.createElement("div");
  try {
    const { model, widget } = await modelOf(figure.dataset.model);
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
var dark = matchMedia("(prefers-color-scheme: dark)");
var sayTheme = () => {
  document.body.dataset.jpThemeLight = String(!dark.matches);
};
dark.addEventListener("change", sayTheme);
sayTheme();
var watcher = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      mount(target);
    }
  },
  { rootMargin: NEAR }
);
document.querySelectorAll("figure[data-model]").forEach((figure) => watcher.observe(figure));
var contents = document.getElementById("contents");
if (contents instanceof HTMLDetailsElement && matchMedia("(max-width: 1179px)").matches) contents.open = false;
var wide = [...document.querySelectorAll("pre, .tex.display, .wide:not([tabindex])")];
var reach = (node) => {
  if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
  else node.removeAttribute("tabindex");
};
var scrolled = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));
for (const node of wide) scrolled.observe(node);
document.fonts.addEventListener("loadingdone", () => wide.forEach(reach));
var codes = (
  /** @type {HTMLInputElement | null} */
  document.getElementById("show-code")
);
codes?.addEventListener("change", () => document.body.classList.toggle("without-code", !codes.checked));
if (globalThis.katex) {
  for (const place of document.querySelectorAll(".tex")) {
    globalThis.katex.render(place.textContent, place, {
      displayMode: place.classList.contains("display"),
      throwOnError: false,
      trust: false,
      maxExpand: 1e3
    });
  }
}
if (document.querySelector(".slides")) present();
