/** Who said what last: one page (of one view or two) and a Python whose messages arrive when the test says so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeModel } from "../../segtutor/pages/scripts/host.js";
import { Turns } from "../../segtutor/widgets/shared/turns.js";

/** A page with views that adopt what holds, and Python's half: the rule of base/turns.py. */
function stage(values, views = 1) {
  const python = { ...values, turns: {}, stamps: {} },
    toPython = [],
    toPage = [],
    shared = {};
  const { model, take } = makeModel({ ...python });
  // As ipywidgets does: what is set is kept as it was set until it is saved, whatever Python has said since
  const { set } = model;
  let buffer = {};
  model.set = (name, value) => {
    buffer[name] = structuredClone(value);
    set(name, value);
  };
  model.save_changes = () => {
    toPython.push(buffer);
    buffer = {};
  };
  const heard = [];
  const turns = Array.from({ length: views }, () => {
    const one = new Turns(model, shared);
    for (const name of Object.keys(values)) model.on(`change:${name}`, () => heard.push([name, one.hear(name)]));
    return one;
  });
  turns[0].restart(Object.keys(values));
  return {
    model,
    turns,
    heard,
    python,
    /** A cell sets traits. */
    cell(changes) {
      const counts = { ...python.turns };
      for (const name of Object.keys(changes)) counts[name] = (counts[name] ?? 0) + 1;
      Object.assign(python, changes, { turns: counts });
      toPage.push({ turns: counts, ...changes });
    },
    /** The page's messages reach Python: late words are not taken, and Python's is said again; the others echo. */
    arrive() {
      for (const message of toPython.splice(0)) {
        const stamps = message.stamps ?? python.stamps;
        for (const [name, value] of Object.entries(message)) {
          if ((stamps[name] ?? Infinity) >= (python.turns[name] ?? 0) || name === "stamps") python[name] = value;
          toPage.push({ [name]: python[name] });
        }
      }
    },
    /** Messages that wait for their turn become one. */
    merge() {
      if (toPython.length) toPython.push(Object.assign({}, ...toPython.splice(0)));
    },
    /** Python's messages reach the page. */
    deliver() {
      for (const message of toPage.splice(0)) for (const [name, value] of Object.entries(message)) take(name, value);
    },
  };
}

const agree = ({ model, python }, value) => {
  assert.deepEqual(model.get("things"), value);
  assert.deepEqual(python.things, value);
};

test("a word that was not saved does not override what Python sets", () => {
  const one = stage({ things: ["cat"] });
  one.turns[0].say({ things: ["cat, moved"] });
  one.cell({ things: ["ball"] });
  one.deliver();
  assert.deepEqual(one.heard.at(-1), ["things", "python"]);
  one.turns[0].save(); // ipywidgets still holds the unsaved word, and sends it
  one.arrive();
  one.deliver();
  agree(one, ["ball"]);
});

test("messages that cross: Python's holds on both sides", () => {
  const one = stage({ things: ["cat"] });
  one.turns[0].tell({ things: ["cat, moved"] });
  one.cell({ things: ["ball"] });
  one.arrive();
  one.deliver();
  agree(one, ["ball"]);
});

test("who has heard Python may set the trait again", () => {
  const one = stage({ things: ["cat"] });
  one.cell({ things: ["ball"] });
  one.deliver();
  one.turns[0].tell({ things: ["ball, moved"] });
  one.arrive();
  one.deliver();
  agree(one, ["ball, moved"]);
  assert.deepEqual(one.heard.at(-1), ["things", "here"]);
});

test("an echo does not take back what was said since", () => {
  const one = stage({ things: ["a"] });
  one.turns[0].tell({ things: ["b"] });
  one.turns[0].say({ things: ["c"] });
  one.arrive();
  one.deliver();
  assert.ok(one.heard.some(([, whose]) => whose === "echo"));
  assert.deepEqual(one.model.get("things"), ["c"]);
  one.turns[0].save();
  one.arrive();
  one.deliver();
  agree(one, ["c"]);
});

test("what Python changes of a word, or refuses, is taken where nothing newer waits", () => {
  const one = stage({ things: ["a"] });
  one.turns[0].tell({ things: ["far outside"] });
  one.arrive();
  one.python.things = ["at the edge"];
  one.model.set("things", ["at the edge"]);
  assert.deepEqual(one.heard.at(-1), ["things", "python"]);
  assert.deepEqual(one.turns[0].said("things"), ["at the edge"]);
});

test("two views of a widget: what one says is no news from Python to the other", () => {
  const one = stage({ things: ["a"] }, 2);
  one.turns[1].say({ things: ["b"] });
  assert.deepEqual(one.heard, [
    ["things", "here"],
    ["things", "here"],
  ]);
  assert.deepEqual(one.turns[0].said("things"), ["b"]);
  one.turns[0].save();
  one.arrive();
  one.deliver();
  agree(one, ["b"]);
});

test("any order of words and messages ends with both sides agreed, on the last word that was not ignorant", () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  for (let round = 0; round < 300; round++) {
    const one = stage({ things: 0 }, 1 + random(2));
    for (let step = 1; step < 30; step++) {
      const who = one.turns[random(one.turns.length)];
      [
        () => who.say({ things: step }),
        () => who.save(),
        () => one.cell({ things: -step }),
        () => one.arrive(),
        () => one.deliver(),
        () => one.merge(),
      ][random(6)]();
    }
    for (let last = 0; last < 3; last++) {
      one.turns[0].save();
      one.arrive();
      one.deliver();
    }
    assert.equal(one.model.get("things"), one.python.things, `round ${round}`);
  }
});
