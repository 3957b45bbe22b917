/** How a view ends: nothing of it listens or waits any more, and its element is empty. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeModel } from "../../segtutor/pages/scripts/host.js";
import { living } from "../../segtutor/widgets/shared/lifetime.js";
import { tr } from "../../segtutor/widgets/shared/words.js";

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
  assert.equal(listeners(), 5, "those, and one for another language");
  close();
  assert.deepEqual(said.splice(0), ["aborted", "function, 1 child", "cancelled", "disconnected", "closed"]);
  assert.deepEqual([listeners(), el.children], [0, []]);
  close();
  assert.deepEqual(said, [], "once");
});

test("a view is made anew in the language that Python sends, and says so", () => {
  const made = [],
    appended = [],
    { model, take, listeners } = makeModel({ a: 1, wording: "" });
  const el = { ...element(), lang: "", append: (node) => appended.push(node), removeAttribute: () => (el.lang = "") };
  globalThis.document = {
    createElement: () => ({ setAttribute() {}, append: (text) => appended.push(text) }),
  };
  const close = living(({ life }) => {
    life.on("a", () => {});
    life.also(() => made.push("ended"));
    made.push(tr("Network"));
  })({ model, el });
  const note = "This explorer was translated from English. No native speaker has reviewed the translation yet.",
    messages = { Network: "réseau", [note]: "traduit" };
  take("wording", JSON.stringify({ language: "fr", plurals: ["one", "other"], messages, complete: true }));
  assert.deepEqual(made, ["Network", "ended", "réseau"]);
  assert.deepEqual([appended[0], el.lang, listeners()], ["traduit", "fr", 2]);
  take("wording", "");
  assert.deepEqual(made.slice(3), ["ended", "Network"]);
  assert.deepEqual([appended.length, el.lang], [2, ""]);
  close();
  assert.equal(listeners(), 0);
  delete globalThis.document;
});
