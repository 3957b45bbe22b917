import assert from "node:assert/strict";
import { test } from "node:test";
import { decoded, encoded, makeModel, viewOf } from "../../segtutor/pages/scripts/host.js";

test("a model says what changed, once, to those who still listen", () => {
  const { model, listeners } = makeModel({ a: 1, b: 2 }, { kernel: false });
  const heard = [];
  const listener = (_model, value) => heard.push(value);
  model.on("change:a change:b", listener);
  model.set("a", 1); // nothing new
  model.set("a", 5);
  model.set({ b: 6 });
  assert.deepEqual([heard, model.get("a"), model.kernel, listeners()], [[5, 6], 5, false, 2]);
  model.off("change:a change:b", listener);
  model.set("a", 7);
  assert.deepEqual([heard, listeners()], [[5, 6], 0]);
  model.save_changes();
  model.send({ kind: "layer" }); // nobody is there, and nothing happens
});

test("what is saved and sent goes to whoever stands behind the page", () => {
  const said = [];
  const { model, take, fire } = makeModel(
    { a: 1 },
    { onSave: (saved) => said.push(saved), onSend: (content, buffers) => said.push([content, buffers.length]) },
  );
  model.set("a", 2);
  model.save_changes();
  model.save_changes(); // nothing is left to save
  model.send({ ask: 1 }, null, [new Uint8Array(3)]);
  assert.deepEqual(said, [{ a: 2 }, [{ ask: 1 }, 1]]);
  const heard = [];
  model.on("msg:custom", (content) => heard.push(content));
  model.on("change", () => heard.push(model.get("a")));
  fire("msg:custom", "hello");
  take("a", 3);
  assert.deepEqual(heard, ["hello", 3]);
});

test("bytes at any depth survive JSON", () => {
  const state = { plain: [1, null, "x"], deep: { list: [new Uint8Array([0, 127, 255])] } };
  const packed = JSON.parse(JSON.stringify(encoded(state, (bytes) => Buffer.from(bytes).toString("base64"))));
  const back = decoded(packed, viewOf);
  assert.deepEqual(back.plain, state.plain);
  assert.ok(back.deep.list[0] instanceof DataView);
  assert.deepEqual([...new Uint8Array(back.deep.list[0].buffer)], [0, 127, 255]);
  const part = new Uint8Array([9, 8, 7, 6]).subarray(1, 3); // a view that starts within its buffer
  assert.deepEqual(
    encoded({ part }, (bytes) => [...bytes]),
    { part: { $bytes: [8, 7] } },
  );
});
