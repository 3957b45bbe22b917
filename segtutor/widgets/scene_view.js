/**
 * The view of the SceneEditor: a scene that is edited, its truth, and what networks answer to it.
 *
 * Who answers is somebody else's business: the notebook asks the kernel (scene_answer_kernel.js), a page without one may
 * run the networks itself. An answerer is {available: boolean, why: string, answer({image, ids, size, things}) ->
 * Promise<{ids, segments: {label, score}[]}[]>, cutouts(things, ladder), onCutouts(take)}: image is RGBA, ids of an answer
 * are H * W numbers, 0 = void, n = segments[n - 1], one answer for each of the model's `models`; `why` is shown where
 * `available` is false; cutouts asks for layers that are not there, and does nothing where nobody makes any. One that
 * becomes available later calls what it is given by onReady(action).
 */
import { bytesOf, element, floatsOf, frameScheduler, setText, whenQuiet } from "./canvas.js";
import { Composer, Cutouts, FIRST_THING, PATTERNS } from "./scene_compose.js";
import { History, add, alike, moveBy, moveTo, nearest, nextColour, recolour, remove, reorder, repattern, resize, stepped } from "./scene_edits.js";
import { Meter, NewestFirst } from "./scene_loop.js";
import { ScenePanel, looksOf, truthOf } from "./scene_panels.js";
import { SceneStage } from "./scene_stage.js";
import { SceneTools } from "./scene_tools.js";
import { KINDS, swatch } from "./kinds.js";

const PALETTE_SEED = 0;

/** @returns {() => void} what closes the view */
const TOLD = new WeakMap();
/**
 * What the views of this page said last, {things, selected}, and in `kernel` what Python was last told or told us. All
 * views of a widget share it; each has another `model`, but a trait's value is the same one.
 */
function toldBy(model) {
  const key = model.get("classes");
  if (!TOLD.has(key)) TOLD.set(key, {});
  return TOLD.get(key);
}

export function sceneView({ model, el, answerer, stop }) {
  const { signal } = stop, classes = model.get("classes"), models = model.get("models"), [size] = model.get("size"), history = new History(model.get("things"));
  let composer, cutouts, asked, drawn = null, shown = null, startThings, answered = null, problem = "";
  const told = toldBy(model);

  // ---------------------------------------------------------------- what a learner can do
  const things = () => history.now, selected = () => (told.selected < things().length ? told.selected : null);
  const settle = whenQuiet(() => (loop.pending ? settle.request() : save()), 150);
  function save() {
    told.kernel = { things: told.things, selected: told.selected };
    model.save_changes();
  }
  function put(list, gesture = null, select = told.selected) {
    history.push(list, gesture);
    commit(select);
  }
  function commit(select) {
    told.things = history.now;
    model.set("things", history.now);
    choose(select !== null && select < history.now.length ? select : null);
    settle.request();
  }
  function choose(n) {
    if (n === told.selected) return frame.request();
    told.selected = n;
    model.set("selected", n);
    const thing = n === null ? null : things()[n];
    if (thing && cutouts.heights(thing).length < 2) want([thing], true);
    settle.request();
    return frame.request();
  }
  const withSelected = (action) => () => (selected() === null ? undefined : action(selected()));
  const grow = (steps) => withSelected((n) => put(resize(things(), n, stepped(cutouts.heights(things()[n]), things()[n].height, steps), composer.side), `grow ${n}`))();
  const act = {
    selected,
    select: choose,
    drag: (n, x, y) => put(moveTo(things(), n, x, y, composer.side), "drag", n),
    scale: (n, height) => put(resize(things(), n, nearest(cutouts.heights(things()[n]), height), composer.side), "scale", n),
    rest: () => history.rest(),
    move: (dx, dy) => withSelected((n) => put(moveBy(things(), n, dx, dy, composer.side), `move ${n}`))(),
    grow,
    reorder: (by) => withSelected((n) => {
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
    next: (by) => things().length && choose(((selected() ?? (by > 0 ? -1 : 0)) + by + things().length) % things().length),
    undo: () => history.undo() && commit(told.selected),
    redo: () => history.redo() && commit(told.selected),
    restart: () => put(startThings, null, null),
  };
  /** The height in which a kind is added: the middle one of those that are there. */
  const heightOf = (kind) => {
    const ladder = cutouts.heights({ kind, pattern: PATTERNS[0], seed: PALETTE_SEED });
    return ladder[(ladder.length - 1) >> 1];
  };

  // ---------------------------------------------------------------- what is on the page
  const stage = new SceneStage(size, act, signal), tools = new SceneTools(act, signal);
  const truthPanel = new ScenePanel("truth", "", size, classes, signal);
  const panels = models.map(({ name, family }) => new ScenePanel(name, family === "mask" ? "classifies masks" : "classifies pixels", size, classes, signal));
  const pace = element("p", { class: "segtutor-say segtutor-scene-pace" }), hint = element("p", { class: "segtutor-note" },
    "On the picture: drag a thing, or N for the next one; arrows move it (Shift: further), + − its size, [ ] its place back to front, C colour, P pattern, Delete, Ctrl+Z.");
  const legend = element("ul", { class: "segtutor-kinds" }, ...(models.length ? [["missed", "missed: nothing matches it"], ["false", "false: it matches nothing"]] : [])
    .map(([kind, text]) => element("li", {}, swatch(KINDS[kind]), text)));
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(element("div", { class: "segtutor-widget segtutor-scene" },
    element("div", { class: "segtutor-scene-panels", style: `--others: ${1 + models.length}` },
      element("figure", { class: "segtutor-panel" }, element("figcaption", {}, element("b", {}, "scene"), element("span", {}, "drag its things")), stage.stage,
        element("div", { class: "segtutor-told" }, pace)), truthPanel.node, ...panels.map(({ node }) => node)),
    legend, tools.node, hint, spoken));

  // ---------------------------------------------------------------- composing, drawing, asking
  const meter = new Meter(), frame = frameScheduler(draw);
  const loop = new NewestFirst((question) => answerer.answer(question), (answers, question, ms) => {
    problem = "";
    meter.add(performance.now(), ms);
    showAnswers(answers, question);
    const { rate, ms: median } = meter.read();
    setText(pace, rate === null ? `answered in ${median.toFixed(0)} ms` : `${rate.toFixed(1)} answers a second, ${median.toFixed(0)} ms each`);
    announce.request();
  }, ({ message }) => {
    problem = `No answer: ${message}`;
    setText(pace, problem);
  });
  const announce = whenQuiet(() => setText(spoken, `${stage.stage.getAttribute("aria-label").split(". ")[0]}. ${panels.map((panel) =>
    `${panel.title}: ${panel.score.textContent}, ${panel.counts.textContent}`).join(". ")}`), 800);

  /** Asks for cutouts that are not there, once each. */
  function want(list, ladder = false) {
    const fresh = list.filter((thing) => !asked.has(`${JSON.stringify({ ...thing, colour: "" })} ${ladder}`));
    if (!fresh.length) return;
    for (const thing of fresh) asked.add(`${JSON.stringify({ ...thing, colour: "" })} ${ladder}`);
    answerer.cutouts(fresh, ladder);
  }

  function start() {
    const ground = model.get("ground"), given = model.get("cutouts");
    composer = new Composer({ ...ground, background: bytesOf(ground.background), stuff: bytesOf(ground.stuff), noise: floatsOf(ground.noise) });
    cutouts = new Cutouts(composer.side);
    cutouts.add(given.index, bytesOf(given.bytes));
    takeMore();
    [asked, drawn, answered] = [new Set(), null, null];
    startThings = told.things = model.get("things");
    told.selected = model.get("selected");
    told.kernel = { things: startThings, selected: told.selected };
    history.restart(startThings);
    tools.showKinds((kind) => heightOf(kind) && { kind, pattern: PATTERNS[0], seed: PALETTE_SEED, height: heightOf(kind), x: 0, y: 0 }, (thing) => cutouts.find(thing));
    const first = model.get("first");
    if (first?.segments?.length === models.length && models.length && alike(first.things, startThings)) {
      const all = bytesOf(first.ids);
      answered = first.segments.map((segments, n) => ({ ids: all.subarray(n * size * size, (n + 1) * size * size), segments }));
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
    const list = things(), lacking = list.filter((thing) => !cutouts.find(thing));
    want(lacking);
    const changed = drawn !== list && !(lacking.length && answerer.available && shown);
    if (changed) compose(list);
    const n = selected(), looks = shown.looks, names = list.map((thing, k) => looks.get(FIRST_THING + k)?.name ?? `${thing.kind}, hidden`);
    const heights = n === null ? [] : cutouts.heights(list[n]), found = n === null ? null : cutouts.find(list[n]);
    const box = found && { x: found.x / composer.side, y: found.y / composer.side, width: found.piece.width / composer.side, height: found.piece.tall / composer.side };
    stage.mark(box, `The scene, ${list.length} things. ${n === null ? "Nothing is selected" : `${names[n]} is selected, ${list[n].colour}, ${list[n].pattern}`}. ${hint.textContent}`);
    tools.show({ things: list, names, selected: n, heights, resizable: heights.length > 1, before: history.past.length > 0, after: history.future.length > 0,
      changed: !alike(list, startThings) });
    announce.request();
  }

  function compose(list) {
    const { image, ids, missing } = composer.compose(list, cutouts), truth = truthOf(ids, list);
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
  answerer.onReady?.(() => { // one that was not available at the beginning
    drawn = null;
    frame.request();
  });
  const heard = { "change:ground": start, "change:more": () => {
    takeMore();
    frame.request();
  }, "change:selected": () => {
    const n = model.get("selected"), late = n !== told.selected && n === told.kernel.selected;
    if (late) return again("selected");
    if (n !== told.selected) told.selected = told.kernel.selected = n;
    return frame.request();
  }, "change:things": () => {
    const list = model.get("things"), theirs = !alike(list, told.things);
    if (theirs && alike(list, told.kernel.things)) return again("things");
    if (theirs) { // Python set them
      told.things = told.kernel.things = list;
      stage.letGo();
      if (!(model.get("selected") < list.length)) choose(null); // a thing that is no longer there
    }
    if (!alike(list, things())) history.push(list);
    return frame.request();
  } };
  /** What came was the late echo of what was saved; the learner has gone on since, and that holds. */
  function again(name) {
    model.set(name, told[name]);
    settle.request();
  }
  for (const [event, action] of Object.entries(heard)) model.on(event, action);
  start();
  frame.cancel();
  draw();

  return () => { // the cell was run again or closed
    stop.abort();
    for (const [event, action] of Object.entries(heard)) model.off(event, action);
    loop.close();
    for (const pending of [frame, settle, announce]) pending.cancel();
  };
}
