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
import { Composer, Cutouts, FIRST_THING, PATTERNS } from "../shared/scene/compose.js";
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
} from "../shared/scene/edits.js";
import { Meter, NewestFirst } from "../shared/loop.js";
import { ScenePanel, looksOf, truthOf } from "../shared/scene/panels.js";
import { SceneStage } from "../shared/scene/stage.js";
import { SceneTools } from "../shared/scene/tools.js";
import { History } from "../shared/history.js";
import { KINDS, swatch } from "../shared/kinds.js";
import { Turns, alike } from "../shared/turns.js";
import { tr, trLater } from "../shared/words.js";

const PALETTE_SEED = 0;
const HINT = trLater(
  "On the picture: drag a thing, or N for the next one; arrows move it (Shift: further), + − its size, [ ] its place back to front, C colour, P pattern, Delete, Ctrl+Z.",
);
const LEGEND = { missed: trLater("missed: nothing matches it"), false: trLater("false: it matches nothing") };

/** Makes the view in `el`, until the end of `life`. */
export function sceneView({ model, el, answerer, life }) {
  const view = new SceneView(model, answerer, life.signal);
  el.append(view.page.root);
  view.listen(life);
  view.start();
  view.frame.cancel();
  view.draw();
  life.also(view.loop, view.frame, view.settle, view.announce);
}

class SceneView {
  constructor(model, answerer, signal) {
    this.model = model;
    this.answerer = answerer;
    this.size = model.get("size")[0]; // of a square picture
    this.classes = model.get("classes");
    this.turns = new Turns(model, model.get("classes"));
    this.history = new History(model.get("things"));
    this.page = layOut(model, this.actions(), signal);
    this.meter = new Meter();
    this.frame = frameScheduler(() => this.draw());
    this.settle = whenQuiet(() => (this.loop.pending ? this.settle.request() : this.turns.save()), 150);
    this.announce = whenQuiet(() => this.speak(), 800);
    this.loop = new NewestFirst(
      (question) => answerer.answer(question),
      (answers, question, ms) => this.answered(answers, question, ms),
      ({ message }) => setText(this.page.pace, tr("No answer: {message}", { message })),
    );
    // set by `start`, for each scene that Python gives
    /** @type {Composer} */
    this.composer = undefined;
    /** @type {Cutouts} */
    this.cutouts = undefined;
    this.asked = new Set(); // cutouts that were asked for
    this.startThings = [];
    this.known = null; // answers that came with the page
    this.drawn = null; // the things of the picture that is shown, once nothing of it was missing
    this.shown = null; // that picture, its ids, truth and looks
  }

  // -------------------------------------------------------------- what a learner can do

  get things() {
    return this.history.now;
  }

  /** The position of the selected thing, or null. */
  get selected() {
    const held = this.turns.said("selected");
    return held < this.things.length ? held : null;
  }

  /** A new list of things; edits of one gesture are undone together. */
  put(list, gesture = null, select = this.turns.said("selected")) {
    this.history.push(list, gesture);
    this.commit(select);
  }

  commit(select) {
    this.turns.say({ things: this.things });
    this.select(select !== null && select < this.things.length ? select : null);
    this.settle.request();
  }

  select(n) {
    if (n !== this.turns.said("selected")) {
      this.turns.say({ selected: n });
      this.wantHeights(n);
      this.settle.request();
    }
    this.frame.request();
  }

  /** What the stage, the tools and their keys call. */
  actions() {
    const withSelected = (action) => () => (this.selected === null ? undefined : action(this.selected));
    const edit = (change, gesture) =>
      withSelected((n) => this.put(change(this.things, n), gesture === undefined ? null : `${gesture} ${n}`));
    const rearrange = ({ things, selected }) => this.put(things, null, selected);
    const side = () => this.composer.side,
      ladder = (n) => this.cutouts.heights(this.things[n]);
    const grown = (steps) => (things, n) => resize(things, n, stepped(ladder(n), things[n].height, steps), side());
    return {
      selected: () => this.selected,
      select: (n) => this.select(n),
      drag: (n, x, y) => this.put(moveTo(this.things, n, x, y, side()), "drag", n),
      scale: (n, height) => this.put(resize(this.things, n, nearest(ladder(n), height), side()), "scale", n),
      rest: () => this.history.rest(),
      move: (dx, dy) => edit((things, n) => moveBy(things, n, dx, dy, side()), "move")(),
      grow: (steps) => edit(grown(steps), "grow")(),
      reorder: (by) => withSelected((n) => rearrange(reorder(this.things, n, by)))(),
      remove: withSelected((n) => rearrange(remove(this.things, n))),
      colour: edit(nextColour),
      recolour: (colour) => edit((things, n) => recolour(things, n, colour))(),
      pattern: edit((things, n) => repattern(things, n, side())),
      add: (kind) => rearrange(add(this.things, kind, this.heightOf(kind), PALETTE_SEED, side())),
      next: (by) => this.things.length && this.select(this.following(by)),
      undo: () => this.history.undo() && this.commit(this.turns.said("selected")),
      redo: () => this.history.redo() && this.commit(this.turns.said("selected")),
      restart: () => this.put(this.startThings, null, null),
    };
  }

  /** The position of the next thing (1) or the one before (-1). */
  following(by) {
    const from = this.selected ?? (by > 0 ? -1 : 0);
    return (from + by + this.things.length) % this.things.length;
  }

  /** The height in which a kind is added: the middle one of those that are there. */
  heightOf(kind) {
    const ladder = this.cutouts.heights({ kind, pattern: PATTERNS[0], seed: PALETTE_SEED });
    return ladder[(ladder.length - 1) >> 1];
  }

  // -------------------------------------------------------------- what Python says

  /** Begins with the scene that the traits hold. */
  start() {
    const ground = this.model.get("ground"),
      given = this.model.get("cutouts");
    this.composer = new Composer({
      ...ground,
      background: bytesOf(ground.background),
      stuff: bytesOf(ground.stuff),
      noise: floatsOf(ground.noise),
    });
    this.cutouts = new Cutouts(this.composer.side);
    this.cutouts.add(given.index, bytesOf(given.bytes));
    this.takeMore();
    [this.asked, this.drawn, this.known] = [new Set(), null, null];
    this.startThings = this.model.get("things");
    this.turns.restart(["things", "selected"]);
    this.history.restart(this.startThings);
    this.page.tools.showKinds(
      (kind) =>
        this.heightOf(kind) && {
          kind,
          pattern: PATTERNS[0],
          seed: PALETTE_SEED,
          height: this.heightOf(kind),
          x: 0,
          y: 0,
        },
      (thing) => this.cutouts.find(thing),
    );
    this.takeFirst();
    this.wantHeights(this.selected);
    this.frame.request();
  }

  /** Cutouts that came later. */
  takeMore() {
    const { index, bytes } = this.model.get("more") ?? {};
    if (index) this.cutouts.add(index, bytesOf(bytes));
  }

  /** The answers that came with the page, where they are to this scene. */
  takeFirst() {
    const first = this.model.get("first"),
      { panels } = this.page,
      pixels = this.size * this.size;
    if (!panels.length || first?.segments?.length !== panels.length || !alike(first.things, this.startThings)) return;
    const all = bytesOf(first.ids);
    this.known = first.segments.map((segments, n) => ({ ids: all.subarray(n * pixels, (n + 1) * pixels), segments }));
  }

  /** Which trait, or which word of the answerer, changes what. */
  listen(life) {
    const { model, answerer, turns, frame, settle } = this;
    answerer.onCutouts((index, bytes) => {
      this.cutouts.add(index, bytes);
      frame.request();
    });
    answerer.onReady?.(() => {
      // one that was not available at the beginning
      this.drawn = null;
      frame.request();
    });
    life.on("ground", () => this.start());
    life.on("more", () => {
      this.takeMore();
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
        this.page.stage.letGo();
        if (!(model.get("selected") < list.length)) this.select(null); // a thing that is no longer there
      }
      this.history.push(list);
      return frame.request();
    });
  }

  /** Asks for cutouts that are not there, once each. ladder: in all heights */
  want(list, ladder = false) {
    const keyOf = (thing) => `${JSON.stringify({ ...thing, colour: "" })} ${ladder}`,
      fresh = list.filter((thing) => !this.asked.has(keyOf(thing)));
    if (!fresh.length) return;
    for (const thing of fresh) this.asked.add(keyOf(thing));
    this.answerer.cutouts(fresh, ladder);
  }

  /** Asks for the heights of a thing, where it has one alone: then it cannot be made larger or smaller. */
  wantHeights(n) {
    const thing = n === null ? null : this.things[n];
    if (thing && this.cutouts.heights(thing).length < 2) this.want([thing], true);
  }

  // -------------------------------------------------------------- one frame

  draw() {
    const list = this.things,
      lacking = list.filter((thing) => !this.cutouts.find(thing));
    this.want(lacking);
    if (this.drawn !== list && !(lacking.length && this.answerer.available && this.shown)) this.compose(list);
    const n = this.selected,
      { looks } = this.shown,
      names = list.map(
        (thing, k) => looks.get(FIRST_THING + k)?.name ?? tr("{name}, hidden", { name: tr(thing.kind) }),
      ),
      heights = n === null ? [] : this.cutouts.heights(list[n]);
    this.page.stage.mark(n === null ? null : this.boxOf(list[n]), this.stageWords(list, names, n));
    this.page.tools.show({
      things: list,
      names,
      selected: n,
      heights,
      resizable: heights.length > 1,
      before: this.history.past.length > 0,
      after: this.history.future.length > 0,
      changed: !alike(list, this.startThings),
    });
    this.announce.request();
  }

  /** Where a thing's cutout is, as shares of the picture; null where it is not there. */
  boxOf(thing) {
    const found = this.cutouts.find(thing),
      { side } = this.composer;
    return (
      found && {
        x: found.x / side,
        y: found.y / side,
        width: found.piece.width / side,
        height: found.piece.tall / side,
      }
    );
  }

  /** Composes the picture and its truth, and asks the networks. */
  compose(list) {
    const { image, ids, missing } = this.composer.compose(list, this.cutouts),
      truth = truthOf(ids, list),
      { stage, truthPanel, panels, pace } = this.page,
      { answerer } = this;
    this.drawn = missing.length ? null : list; // then again, once all is there
    this.shown = { image, ids, truth, things: list, looks: looksOf(truth.segments, this.classes) };
    stage.show(image, ids, list);
    truthPanel.showTruth(image, truth);
    if (!panels.length) return;
    if (this.known) {
      this.showAnswers(this.known, this.snapshot());
      this.known = null;
      setText(pace, answerer.available ? "" : answerer.why);
    } else if (answerer.available) {
      this.loop.request(() => this.snapshot());
    } else {
      setText(pace, answerer.why);
      for (const panel of panels) panel.node.classList.add("segtutor-old");
    }
  }

  /** The picture as it is now, which stays while the next one is composed. */
  snapshot() {
    const { image, ids: composed, things } = this.shown,
      ids = composed.slice();
    return { image: image.slice(), ids, size: this.size, things, truth: truthOf(ids, things) };
  }

  // -------------------------------------------------------------- what the networks say

  answered(answers, question, ms) {
    this.meter.add(performance.now(), ms);
    this.showAnswers(answers, question);
    const { rate, ms: median } = this.meter.read(),
      said = { ms: median.toFixed(0), rate: rate?.toFixed(1) };
    setText(
      this.page.pace,
      rate === null ? tr("answered in {ms} ms", said) : tr("{rate} answers a second, {ms} ms each", said),
    );
    this.announce.request();
  }

  showAnswers(answers, { image, truth }) {
    answers.forEach((answer, n) => {
      const panel = this.page.panels[n];
      panel.node.classList.remove("segtutor-old");
      panel.showAnswer(image, truth, answer);
    });
  }

  // -------------------------------------------------------------- what a screen reader says

  /** Of the picture that is edited. */
  stageWords(list, names, n) {
    const said = { n: list.length, hint: tr(HINT) };
    if (n === null) return tr("The scene, {n} things. Nothing is selected. {hint}", said);
    const { colour, pattern } = list[n];
    return tr("The scene, {n} things. {name} is selected, {colour}, {pattern}. {hint}", {
      ...said,
      name: names[n],
      colour: tr(colour),
      pattern: tr(pattern),
    });
  }

  /** Once nothing has changed for a while. */
  speak() {
    const told = this.page.panels.map(
      ({ title, score, counts }) => `${title}: ${score.textContent}, ${counts.textContent}`,
    );
    setText(this.page.spoken, `${tr("The scene, {n} things", { n: this.things.length })}. ${told.join(". ")}`);
  }
}

/** The elements, in their places. @param {Record<string, any>} act what they call */
function layOut(model, act, signal) {
  const classes = model.get("classes"),
    models = model.get("models"),
    [size] = model.get("size");
  const stage = new SceneStage(size, act, signal),
    tools = new SceneTools(act, signal),
    truthPanel = new ScenePanel(tr("truth"), "", size, classes, signal);
  const panels = models.map(({ name, family }) => {
    const note = family === "mask" ? tr("classifies masks") : tr("classifies pixels");
    return new ScenePanel(name, note, size, classes, signal);
  });
  const pace = element("p", { class: "segtutor-say segtutor-scene-pace" }),
    spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const scene = element(
    "figure",
    { class: "segtutor-panel" },
    element("figcaption", {}, element("b", {}, tr("scene")), element("span", {}, tr("drag its things"))),
    stage.stage,
    element("div", { class: "segtutor-told" }, pace),
  );
  const kinds = models.length ? Object.entries(LEGEND) : [];
  const root = element(
    "div",
    { class: "segtutor-widget segtutor-scene" },
    element(
      "div",
      { class: "segtutor-scene-panels", style: `--others: ${1 + models.length}` },
      scene,
      truthPanel.node,
      ...panels.map(({ node }) => node),
    ),
    element(
      "ul",
      { class: "segtutor-kinds" },
      ...kinds.map(([kind, text]) => element("li", {}, swatch(KINDS[kind]), tr(text))),
    ),
    tools.node,
    element("p", { class: "segtutor-note" }, tr(HINT)),
    spoken,
  );
  return { root, stage, tools, truthPanel, panels, pace, spoken };
}
