async ({ state, esm, css, host }) => {
  // The model of segtutor's pages, with a Python widget behind it. Bytes travel as {"$bytes": base64}.
  const { decoded, encoded, makeModel, viewOf, widgetOf } = await import(
    URL.createObjectURL(new Blob([host], { type: "text/javascript" }))
  );
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const decode = (value) => decoded(value, viewOf),
    encode = (value) => encoded(value, base64);
  const { model, take, fire, listeners } = makeModel(decode(state), {
    onSave: (saved) => window.toPython("state", encode(saved)).then(heard),
    onSend: (content, buffers) => window.toPython("message", [encode(content), buffers.map(encode)]).then(heard),
  });
  function heard(answer) {
    // A notebook sets all traits of a message before it says that one has changed: so the counts come first
    const counts = answer.state.turns === undefined ? {} : { turns: answer.state.turns };
    for (const [name, value] of Object.entries({ ...counts, ...answer.state })) take(name, decode(value));
    for (const [content, buffers] of answer.messages) fire("msg:custom", decode(content), buffers.map(decode));
  }
  document.getElementById("css").textContent = css;
  const widget = await widgetOf(esm);
  const el = document.getElementById("view");
  const render = async () => {
    el.replaceChildren();
    window.bare.close = await widget.render({ model, el });
  };
  async function beside() {
    // a second view of the same model
    const other = document.createElement("div");
    document.body.append(other);
    window.bare.closeBeside = await widget.render({ model, el: other });
  }
  window.bare = {
    model,
    heard,
    listeners,
    again: async () => {
      await window.bare.close?.();
      await render();
    },
    beside,
  };
  const start = performance.now();
  await render();
  await new Promise((go) => requestAnimationFrame(() => setTimeout(go, 0)));
  return performance.now() - start;
};
