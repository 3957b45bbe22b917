/** Undo and redo, of a scene's things and of what is painted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../segtutor/widgets/shared/history.js";

const thing = (kind, more = {}) => ({ kind, ...more });

test("undo and redo: one gesture is one step, and what is undone can be lost", () => {
  const lists = [0, 1, 2, 3].map((x) => [thing("cat", { x })]),
    history = new History(lists[0]);
  history.push(lists[1], "drag");
  history.push(lists[2], "drag");
  history.rest();
  history.push(lists[3], "drag");
  assert.ok(history.undo());
  assert.equal(history.now, lists[2]);
  assert.ok(history.undo());
  assert.equal(history.now, lists[0], "the whole first drag");
  assert.ok(!history.undo());
  assert.ok(history.redo() && history.redo() && !history.redo());
  assert.equal(history.now, lists[3]);
  history.undo();
  history.push([...lists[2], thing("ball")]);
  assert.ok(!history.redo(), "another future");
});

test("undo and redo go through states, whoever made them; a new state ends the redo", () => {
  const history = new History({ n: 0 });
  history.push({ n: 1 });
  history.push({ n: 1 });
  history.push({ n: 2 });
  assert.deepEqual([history.undo(), history.undo(), history.undo()], [{ n: 1 }, { n: 0 }, null]);
  assert.deepEqual(history.redo(), { n: 1 });
  history.push({ n: 3 });
  assert.equal(history.redo(), null);
  assert.deepEqual(history.undo(), { n: 1 });
});
