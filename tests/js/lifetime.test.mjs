/** How a view ends: nothing of it listens or waits any more, and its element is empty. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeModel } from "../../segtutor/pages/scripts/host.js";
import { living } from "../../segtutor/widgets/shared/lifetime.js";

const element = () => ({
  children: ["a canvas"],
  replaceChildren() {
    this.children = [];
  },
});

test("a closed view listens to nothing, has cancelled what waits, and leaves an empty element", () => {
  const el = element(),
    said = [],
    { model, listeners } = makeModel({ a: 1, b: 2 });
  const close = living((context) => {
    assert.equal(context.el, el);
    const { life } = context;
    life.on("a", () => said.push("a"));
    life.on(["a", "b", "msg:custom"], () => said.push("any"));
    life.signal.addEventListener("abort", () => said.push("aborted"));
    life.also(
      () => said.push(`function, ${el.children.length} child`),
      { cancel: () => said.push("cancelled") },
      { disconnect: () => said.push("disconnected") },
      { close: () => said.push("closed") },
    );
  })({ model, el });
  model.set("a", 3);
  assert.deepEqual(said.splice(0), ["a", "any"]);
  assert.equal(listeners(), 4);
  close();
  assert.deepEqual(said.splice(0), ["aborted", "function, 1 child", "cancelled", "disconnected", "closed"]);
  assert.deepEqual([listeners(), el.children], [0, []]);
  close();
  assert.deepEqual(said, [], "once");
});
