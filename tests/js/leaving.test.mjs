/** A closed view leaves an empty element, also one that was rendered later. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { leaving } from "../../segtutor/widgets/leaving.js";

const element = () => ({ children: ["a canvas"], replaceChildren() { this.children = []; } });

test("the view's own closing comes first, then its element is emptied", () => {
  const el = element(), said = [];
  const close = leaving((context) => {
    assert.equal(context.el, el);
    return () => said.push(el.children.length);
  })({ el });
  assert.deepEqual(el.children, ["a canvas"]);
  close();
  assert.deepEqual([said, el.children], [[1], []]);
});

test("a view that is rendered later, or has nothing to close", async () => {
  const el = element();
  (await leaving(async () => undefined)({ el }))();
  assert.deepEqual(el.children, []);
});
