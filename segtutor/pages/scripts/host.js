// @ts-check
/**
 * What a widget's JavaScript finds in place of a notebook: a model with get, set, on, off, save_changes and send.
 *
 * A page without a kernel gives nothing to `onSave` and `onSend`; there `model.kernel` is false, and a widget that
 * would ask Python something says that it needs a running notebook. A test can put a real Python widget behind it.
 */

const within = (value, change) =>
  Array.isArray(value)
    ? value.map(change)
    : value && typeof value === "object"
      ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, change(v)]))
      : value;

/** State as JSON to state: `{"$bytes": x}` becomes `read(x)`, at any depth. */
export function decoded(value, read) {
  return value && typeof value === "object" && "$bytes" in value
    ? read(value.$bytes)
    : within(value, (one) => decoded(one, read));
}

/** State to JSON: bytes become `{"$bytes": write(Uint8Array)}`, at any depth. */
export function encoded(value, write) {
  if (ArrayBuffer.isView(value)) {
    return { $bytes: write(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
  }
  if (value instanceof ArrayBuffer) return { $bytes: write(new Uint8Array(value)) };
  return within(value, (one) => encoded(one, write));
}

/** Base64 to a DataView, as which a notebook hands over the bytes of a trait. */
export function viewOf(base64) {
  const letters = atob(base64),
    bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return new DataView(bytes.buffer);
}

/**
 * @typedef {object} Ears what may stand behind a model
 * @property {boolean} [kernel] false: nobody answers
 * @property {(changed: Record<string, any>) => void} [onSave]
 * @property {(content: unknown, buffers: (ArrayBuffer | ArrayBufferView)[]) => void} [onSend]
 */

/**
 * A model over `values`. onSave(changed): what `save_changes` would tell Python; onSend(content, buffers).
 * @param {Record<string, any>} values
 * @param {Ears} ears
 * @returns {{model: Record<string, any>, take: Function, fire: Function, listeners: () => number}} take(name, value): as if Python
 *   had said it; fire(event, ...rest): calls the listeners; listeners(): how many there are.
 */
export function makeModel(values, { kernel, onSave, onSend } = {}) {
  const heard = new Map(),
    unsaved = new Map();
  const fire = (event, ...rest) => [...(heard.get(event) ?? [])].forEach((listener) => listener(...rest));
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
        unsaved.set(key, one); // as it is now: ipywidgets saves it so, whatever Python says until then
        take(key, one);
      }
    },
    on: (events, listener) =>
      events.split(" ").forEach((event) => {
        if (!heard.has(event)) heard.set(event, new Set());
        heard.get(event).add(listener);
      }),
    off: (events, listener) => {
      if (!events) heard.clear();
      else events.split(" ").forEach((event) => (listener ? heard.get(event)?.delete(listener) : heard.delete(event)));
    },
    save_changes: () => {
      const saved = Object.fromEntries(unsaved);
      unsaved.clear();
      if (Object.keys(saved).length) onSave?.(saved);
    },
    send: (content, _callbacks, buffers = []) => onSend?.(content, buffers),
  };
  return { model, take, fire, listeners: () => [...heard.values()].reduce((sum, one) => sum + one.size, 0) };
}

/** What a widget's module offers ({initialize, render}, or a function that makes them), from its text. */
export async function widgetOf(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    const offered = (await import(url)).default;
    return typeof offered === "function" ? await offered() : offered;
  } finally {
    URL.revokeObjectURL(url);
  }
}
