// @ts-check
/**
 * The view of the SceneEditor: a scene that is edited, its truth, and what networks answer to it.
 *
 * Who answers is somebody else's business: the notebook asks the kernel (kernel.js), a page without one may
 * run the networks itself. An answerer is {available: boolean, why: string, answer({image, ids, size, things}) ->
 * Promise<{ids, segments: {label, score}[]}[]>, cutouts(things, ladder), onCutouts(take)}: image is RGBA, ids of an answer
 * are H * W numbers, 0 = void, n = segments[n - 1], one answer for each of the model's `models`; `why` is shown where
 * `available` is false; cutouts asks for layers that are not there, and does nothing where nobody makes any. One that
 * becomes available later calls what it is given by onReady(action).
 */
import { bytesOf, element, floatsOf, frameScheduler, setText, whenQuiet } from "../shared/canvas.js";
import { Composer, Cutouts, FIRST_THING, PATTERNS } from "./compose.js";
import {
  add,
  moveBy,
  moveTo,
  nearest,
  nextColour,
  recolour,
  remove,
  reorder,
  repattern,
  resize,
  stepped,
} from "./edits.js";
import { Meter, NewestFirst } from "./loop.js";
import { ScenePanel, looksOf, truthOf } from "./panels.js";
import { SceneStage } from "./stage.js";
import { SceneTools } from "./tools.js";
import { History } from "../shared/history.js";
import { KINDS, swatch } from "../shared/kinds.js";
import { Turns, alike } from "../shared/turns.js";

const PALETTE_SEED = 0;

export function sceneView({ model, el, answerer, life }) {
  const { signal } = life,
    classes = model.get("classes"),
    models = model.get("models"),
    [size] = model.get("size"),
    history = new History(model.get("things"));
  let composer,
    cutouts,
    asked,
    drawn = null,
    shown = null,
    startThings,
    answered = null,
    problem = "";
  const turns = new Turns(model, model.get("classes"));

  // ---------------------------------------------------------------- what a learner can do
  const things = () => history.now,
    held = () => turns.said("selected"),
    selected = () => (held() < things().length ? held() : null);
  const settle = whenQuiet(() => (loop.pending ? settle.request() : turns.save()), 150);
  function put(list, gesture = null, select = held()) {
    history.push(list, gesture);
    commit(select);
  }
  function commit(select) {
    turns.say({ things: history.now });
    choose(select !== null && select < history.now.length ? select : null);
    settle.request();
  }
  function choose(n) {
    if (n === held()) return frame.request();
    turns.say({ selected: n });
    const thing = n === null ? null : things()[n];
    if (thing && cutouts.heights(thing).length < 2) want([thing], true);
    settle.request();
    return frame.request();
  }
  const withSelected = (action) => () => (selected() === null ? undefined : action(selected()));
  const grow = (steps) =>
    withSelected((n) =>
      put(
        resize(things(), n, stepped(cutouts.heights(things()[n]), things()[n].height, steps), composer.side),
        `grow ${n}`,
      ),
    )();
  const act = {
    selected,
    select: choose,
    drag: (n, x, y) => put(moveTo(things(), n, x, y, composer.side), "drag", n),
    scale: (n, height) =>
      put(resize(things(), n, nearest(cutouts.heights(things()[n]), height), composer.side), "scale", n),
    rest: () => history.rest(),
    move: (dx, dy) => withSelected((n) => put(moveBy(things(), n, dx, dy, composer.side), `move ${n}`))(),
    grow,
    reorder: (by) =>
      withSelected((n) => {
        const { things: list, selected: to } = reorder(things(), n, by);
        put(list, null, to);
      })(),
    remove: withSelected((n) => {
      const { things: list, selected: to } = remove(things(), n);
      put(list, null, to);
    }),
    colour: withSelected((n) => put(nextColour(things(), n))),
    recolour: (colour) => withSelected((n) => put(recolour(things(), n, colour)))(),
    pattern: withSelected((n) => put(repattern(things(), n, composer.side))),
    add: (kind) => {
      const { things: list, selected: to } = add(things(), kind, heightOf(kind), PALETTE_SEED, composer.side);
      put(list, null, to);
    },
    next: (by) =>
      things().length && choose(((selected() ?? (by > 0 ? -1 : 0)) + by + things().length) % things().length),
    undo: () => history.undo() && commit(held()),
    redo: () => history.redo() && commit(held()),
    restart: () => put(startThings, null, null),
  };
  /** The height in which a kind is added: the middle one of those that are there. */
  const heightOf = (kind) => {
    const ladder = cutouts.heights({ kind, pattern: PATTERNS[0], seed: PALETTE_SEED });
    return ladder[(ladder.length - 1) >> 1];
  };

  // ---------------------------------------------------------------- what is on the page
  const stage = new SceneStage(size, act, signal),
    tools = new SceneTools(act, signal);
  const truthPanel = new ScenePanel("truth", "", size, classes, signal);
  const panels = models.map(
    ({ name, family }) =>
      new ScenePanel(name, family === "mask" ? "classifies masks" : "classifies pixels", size, classes, signal),
  );
  const pace = element("p", { class: "segtutor-say segtutor-scene-pace" }),
    hint = element(
      "p",
      { class: "segtutor-note" },
      "On the picture: drag a thing, or N for the next one; arrows move it (Shift: further), + − its size, [ ] its place back to front, C colour, P pattern, Delete, Ctrl+Z.",
    );
  const legend = element(
    "ul",
    { class: "segtutor-kinds" },
    ...(models.length
      ? [
          ["missed", "missed: nothing matches it"],
          ["false", "false: it matches nothing"],
        ]
      : []
    ).map(([kind, text]) => element("li", {}, swatch(KINDS[kind]), text)),
  );
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-scene" },
      element(
        "div",
        { class: "segtutor-scene-panels", style: `--others: ${1 + models.length}` },
        element(
          "figure",
          { class: "segtutor-panel" },
          element("figcaption", {}, element("b", {}, "scene"), element("span", {}, "drag its things")),
          stage.stage,
          element("div", { class: "segtutor-told" }, pace),
        ),
        truthPanel.node,
        ...panels.map(({ node }) => node),
      ),
      legend,
      tools.node,
      hint,
      spoken,
    ),
  );

  // ---------------------------------------------------------------- composing, drawing, asking
  const meter = new Meter(),
    frame = frameScheduler(draw);
  const loop = new NewestFirst(
    (question) => answerer.answer(question),
    (answers, question, ms) => {
      problem = "";
      meter.add(performance.now(), ms);
      showAnswers(answers, question);
      const { rate, ms: median } = meter.read();
      setText(
        pace,
        rate === null
          ? `answered in ${median.toFixed(0)} ms`
          : `${rate.toFixed(1)} answers a second, ${median.toFixed(0)} ms each`,
      );
      announce.request();
    },
    ({ message }) => {
      problem = `No answer: ${message}`;
      setText(pace, problem);
    },
  );
  const announce = whenQuiet(
    () =>
      setText(
        spoken,
        `${stage.stage.getAttribute("aria-label").split(". ")[0]}. ${panels
          .map((panel) => `${panel.title}: ${panel.score.textContent}, ${panel.counts.textContent}`)
          .join(". ")}`,
      ),
    800,
  );

  /** Asks for cutouts that are not there, once each. */
  function want(list, ladder = false) {
    const fresh = list.filter((thing) => !asked.has(`${JSON.stringify({ ...thing, colour: "" })} ${ladder}`));
    if (!fresh.length) return;
    for (const thing of fresh) asked.add(`${JSON.stringify({ ...thing, colour: "" })} ${ladder}`);
    answerer.cutouts(fresh, ladder);
  }

  function start() {
    const ground = model.get("ground"),
      given = model.get("cutouts");
    composer = new Composer({
      ...ground,
      background: bytesOf(ground.background),
      stuff: bytesOf(ground.stuff),
      noise: floatsOf(ground.noise),
    });
    cutouts = new Cutouts(composer.side);
    cutouts.add(given.index, bytesOf(given.bytes));
    takeMore();
    [asked, drawn, answered] = [new Set(), null, null];
    startThings = model.get("things");
    turns.restart(["things", "selected"]);
    history.restart(startThings);
    tools.showKinds(
      (kind) =>
        heightOf(kind) && { kind, pattern: PATTERNS[0], seed: PALETTE_SEED, height: heightOf(kind), x: 0, y: 0 },
      (thing) => cutouts.find(thing),
    );
    const first = model.get("first");
    if (first?.segments?.length === models.length && models.length && alike(first.things, startThings)) {
      const all = bytesOf(first.ids);
      answered = first.segments.map((segments, n) => ({
        ids: all.subarray(n * size * size, (n + 1) * size * size),
        segments,
      }));
    }
    const thing = things()[selected()];
    if (thing && cutouts.heights(thing).length < 2) want([thing], true);
    frame.request();
  }

  function takeMore() {
    const { index, bytes } = model.get("more") ?? {};
    if (index) cutouts.add(index, bytesOf(bytes));
  }

  function draw() {
    const list = things(),
      lacking = list.filter((thing) => !cutouts.find(thing));
    want(lacking);
    const changed = drawn !== list && !(lacking.length && answerer.available && shown);
    if (changed) compose(list);
    const n = selected(),
      looks = shown.looks,
      names = list.map((thing, k) => looks.get(FIRST_THING + k)?.name ?? `${thing.kind}, hidden`);
    const heights = n === null ? [] : cutouts.heights(list[n]),
      found = n === null ? null : cutouts.find(list[n]);
    const box = found && {
      x: found.x / composer.side,
      y: found.y / composer.side,
      width: found.piece.width / composer.side,
      height: found.piece.tall / composer.side,
    };
    stage.mark(
      box,
      `The scene, ${list.length} things. ${n === null ? "Nothing is selected" : `${names[n]} is selected, ${list[n].colour}, ${list[n].pattern}`}. ${hint.textContent}`,
    );
    tools.show({
      things: list,
      names,
      selected: n,
      heights,
      resizable: heights.length > 1,
      before: history.past.length > 0,
      after: history.future.length > 0,
      changed: !alike(list, startThings),
    });
    announce.request();
  }

  function compose(list) {
    const { image, ids, missing } = composer.compose(list, cutouts),
      truth = truthOf(ids, list);
    drawn = missing.length ? null : list; // then again, once all is there
    shown = { image, ids, truth, things: list, looks: looksOf(truth.segments, classes) };
    stage.show(image, ids, list);
    truthPanel.showTruth(image, truth);
    if (!models.length) return;
    if (answered) {
      showAnswers(answered, snapshot());
      answered = null;
      setText(pace, answerer.available ? "" : answerer.why);
    } else if (answerer.available) {
      loop.request(snapshot);
    } else {
      setText(pace, answerer.why);
      for (const panel of panels) panel.node.classList.add("segtutor-old");
    }
  }

  /** The picture as it is now, which stays while the next one is composed. */
  function snapshot() {
    const ids = shown.ids.slice();
    return { image: shown.image.slice(), ids, size, things: shown.things, truth: truthOf(ids, shown.things) };
  }

  function showAnswers(answers, { image, truth }) {
    answers.forEach((answer, n) => {
      panels[n].node.classList.remove("segtutor-old");
      panels[n].showAnswer(image, truth, answer);
    });
  }

  answerer.onCutouts((index, bytes) => {
    cutouts.add(index, bytes);
    frame.request();
  });
  answerer.onReady?.(() => {
    // one that was not available at the beginning
    drawn = null;
    frame.request();
  });
  life.on("ground", start);
  life.on("more", () => {
    takeMore();
    frame.request();
  });
  life.on("selected", () => {
    if (turns.hear("selected") === "echo") settle.request();
    frame.request();
  });
  life.on("things", () => {
    const whose = turns.hear("things");
    if (whose === "echo") return settle.request();
    const list = model.get("things");
    if (whose === "python") {
      stage.letGo();
      if (!(model.get("selected") < list.length)) choose(null); // a thing that is no longer there
    }
    history.push(list);
    return frame.request();
  });
  start();
  frame.cancel();
  draw();

  life.also(loop, frame, settle, announce);
}
