async ({ state, esm, css }) => {
  // The model of a notebook, as far as a view uses it. Bytes travel as {"$bytes": base64} and arrive as a DataView.
  const within = (value, change) => Array.isArray(value) ? value.map(change)
    : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, change(v)])) : value;
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const encode = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer
    ? { $bytes: base64(new Uint8Array(value.buffer ?? value)) } : within(value, encode);
  const decode = (value) => typeof value?.$bytes === "string"
    ? new DataView(Uint8Array.from(atob(value.$bytes), (letter) => letter.charCodeAt(0)).buffer) : within(value, decode);
  const values = decode(state), listeners = new Map(), unsaved = new Set();
  const fire = (event, ...rest) => [...(listeners.get(event) ?? [])].forEach((listener) => listener(...rest));
  const take = (name, value) => {
    if (JSON.stringify(values[name]) === JSON.stringify(value) && typeof value !== "object") return;
    values[name] = value;
    fire(`change:${name}`, model, value);
    fire("change", model);
  };
  const heard = (answer) => {
    for (const [name, value] of Object.entries(answer.state)) take(name, decode(value));
    for (const [content, buffers] of answer.messages) fire("msg:custom", decode(content), buffers.map(decode));
  };
  const model = {
    get: (name) => values[name],
    set: (name, value) => { unsaved.add(name); take(name, value); },
    on: (event, listener) => {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event).add(listener);
    },
    off: (event, listener) => listener ? listeners.get(event)?.delete(listener) : listeners.delete(event),
    save_changes: () => {
      const saved = Object.fromEntries([...unsaved].map((name) => [name, encode(values[name])]));
      unsaved.clear();
      if (Object.keys(saved).length) window.toPython("state", saved).then(heard);
    },
    send: (content, _, buffers = []) => {
      window.toPython("message", [encode(content), buffers.map(encode)]).then(heard);
    },
  };
  document.getElementById("css").textContent = css;
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  const widget = (await import(url)).default;
  const el = document.getElementById("view");
  const render = async () => { el.replaceChildren(); window.bare.close = await widget.render({ model, el }); };
  window.bare = { model, heard, listeners: () => [...listeners.values()].reduce((sum, one) => sum + one.size, 0),
    again: async () => { await window.bare.close?.(); await render(); } };
  const start = performance.now();
  await render();
  await new Promise((go) => requestAnimationFrame(() => setTimeout(go, 0)));
  return performance.now() - start;
}
