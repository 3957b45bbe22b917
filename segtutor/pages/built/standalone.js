/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 1b94b4bbd8e5037ece2916322a169f87bf48a3018fe33c9012630361f96fef2a of
   segtutor/pages/scripts/host.js
   segtutor/pages/scripts/standalone.js
   tools/build_js.mjs
*/
// segtutor/pages/scripts/host.js
var within = (value, change) => Array.isArray(value) ? value.map(change) : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, change(v)])) : value;
function decoded(value, read) {
  return value && typeof value === "object" && "$bytes" in value ? read(value.$bytes) : within(value, (one) => decoded(one, read));
}
function viewOf(base64) {
  const letters = atob(base64), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return new DataView(bytes.buffer);
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

// segtutor/pages/scripts/standalone.js
var CARRIED = "SEGTUTOR-CARRIED";
var standalone_default = {
  /** As anywidget's `render`; the page's own model is not asked, since all state is in this file. @returns its end */
  async render({ el }) {
    const { module, css, state } = JSON.parse(CARRIED);
    const { model } = makeModel(decoded(state, viewOf), { kernel: false });
    const widget = await widgetOf(module);
    await widget.initialize?.({ model });
    const style = document.createElement("style"), root = document.createElement("div");
    style.textContent = css;
    el.append(style, root);
    const end = await widget.render({ model, el: root });
    return () => {
      end?.();
      style.remove();
      root.remove();
    };
  }
};
export {
  standalone_default as default
};
