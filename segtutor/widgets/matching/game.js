// @ts-check
/**
 * MatchingGame: the learner pairs queries and targets in a matrix of costs; weights move, the optimum changes; the
 * Hungarian method is replayed step by step with its potentials. Everything is computed here.
 */
import {
  bytesOf,
  choice,
  decodePicture,
  element,
  floatsOf,
  frameScheduler,
  ownKeys,
  setText,
  slider,
  whenQuiet,
} from "../shared/canvas.js";
import { assign, assignmentSteps } from "./hungarian.js";
import { maskProbabilities } from "../shared/inference.js";
import { KINDS, greyGround, paintKinds, swatch } from "../shared/kinds.js";
import { labelPlaces, writeNames } from "../shared/draw.js";
import { Matrix } from "./matrix.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";

const HINTS = {
  class: "minus the probability that the query gives to the target's class",
  bce: "binary cross-entropy: do the masks agree pixel by pixel?",
  dice: "do the masks overlap as a whole?",
};
const LOGIT = 8 / 127; // one step of the int8 mask logits

/** Reads what Python sent. cost(weights): Float64Array (Q, N), summed in Python's order. */
function readModel(model) {
  const weights = model.get("start_weights"),
    names = Object.keys(weights),
    values = floatsOf(model.get("terms"));
  const rows = model.get("rows"),
    columns = model.get("columns"),
    cells = rows.length * columns.length;
  const term = (t, cell) => values[t * cells + cell];
  const cost = (now) =>
    Float64Array.from({ length: cells }, (_, cell) =>
      names.reduce((sum, name, t) => sum + now[name] * term(t, cell), 0),
    );
  const [h, w] = model.get("grid").length ? model.get("grid") : [0, 0],
    size = model.get("size");
  const logits = h ? new Int8Array(bytesOf(model.get("mask_logits")).buffer) : null;
  const masks = new Map();
  const mask = (row) => {
    if (!masks.has(row)) {
      const some = Float32Array.from(logits.subarray(row * h * w, (row + 1) * h * w), (step) => step * LOGIT);
      masks.set(row, maskProbabilities(some, [h, w], size));
    }
    return masks.get(row);
  };
  return {
    names,
    rows,
    columns,
    numbers: model.get("query_numbers"),
    says: model.get("says"),
    start: weights,
    term,
    cost,
    size,
    mask,
    targetIds: h ? new Uint16Array(bytesOf(model.get("target_ids")).buffer) : null,
  };
}

/** The picture at the left: of a pair both masks, and where they agree. */
function pairPicture(game, model, signal, ready) {
  const [H, W] = game.size,
    scale = Math.max(1, Math.floor(384 / Math.max(H, W)));
  const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
  canvas.style.width = `${W * scale}px`;
  const context = canvas.getContext("2d"),
    pixels = context.createImageData(W * scale, H * scale);
  const out = new Uint32Array(pixels.data.buffer),
    kinds = new Uint8Array(H * W);
  const places = labelPlaces(Int32Array.from(game.targetIds), game.size, game.columns.length);
  let ground = null,
    shown = "";
  decodePicture(bytesOf(model.get("picture")), game.size).then((image) => {
    if (signal.aborted) return;
    ground = greyGround(image);
    ready();
  });
  const legend = element(
    "ul",
    { class: "segtutor-kinds" },
    ...[
      [KINDS.matched, "in both masks"],
      [KINDS.false, "the query's only"],
      [KINDS.missed, "the target's only"],
      [KINDS.void, "void: counts nowhere"],
    ].map(([kind, text]) => element("li", {}, swatch(kind), text)),
  );
  const show = (cell) => {
    canvas.setAttribute(
      "aria-label",
      cell
        ? `The masks of ${game.rows[cell[0]]} and ${game.columns[cell[1]]} over the picture.`
        : `The picture with the borders of ${game.columns.length} targets: ${game.columns.join(", ")}.`,
    );
    if (!ground || shown === String(cell)) return; // a moved weight changes no mask
    shown = String(cell);
    const mask = cell && game.mask(cell[0]),
      target = cell ? cell[1] + 1 : -1;
    for (let i = 0; i < kinds.length; i++) {
      const id = game.targetIds[i],
        drawn = mask && mask[i] >= 0.5;
      kinds[i] =
        id === 0
          ? KINDS.void
          : id === target
            ? drawn
              ? KINDS.matched
              : KINDS.missed
            : drawn
              ? KINDS.false
              : KINDS.bare;
    }
    paintKinds(out, scale, game.size, ground, kinds, game.targetIds);
    context.putImageData(pixels, 0, 0);
    if (!cell) writeNames(context, scale, 1, places, ["", ...game.columns]);
  };
  return { node: element("div", {}, canvas, legend), show };
}

function render({ model, el, life }) {
  const { signal } = life,
    turns = new Turns(model);
  const game = readModel(model),
    { rows, columns, numbers } = game;
  const needed = Math.min(rows.length, columns.length),
    turned = rows.length > columns.length;
  const words = {
    seekers: turned ? columns : rows,
    places: turned ? rows : columns,
    seeker: turned ? "target" : "query",
    place: turned ? "query" : "target",
  };
  const row = (query) => numbers.indexOf(query);
  const key = (r, c) => r * columns.length + c;
  const startCost = game.cost(game.start),
    startOptimum = assign(startCost, rows.length, columns.length);
  let pointed = null,
    cost = startCost,
    optimum = startOptimum,
    steps = null,
    weighed = "",
    undone = [],
    playing = 0,
    shownStep = -1;

  function tell(changes) {
    turns.tell(changes);
    frame.request();
  }

  // ---- controls
  const button = (text, action, attributes = {}) => {
    const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
    node.addEventListener("click", action, { signal });
    return node;
  };
  const match = (pairs) => {
    undone.push(model.get("pairs"));
    tell({ pairs });
  };
  const press = ([r, c]) => {
    if (model.get("step") !== null) return tell({ cell: [numbers[r], c] });
    const pairs = model.get("pairs"),
      here = ([q, t]) => row(q) === r && t === c;
    const others = pairs.filter(([q, t]) => row(q) !== r && t !== c); // a query and a target have one partner
    undone.push(pairs);
    return tell({ cell: [numbers[r], c], pairs: pairs.some(here) ? others : [...others, [numbers[r], c]] });
  };
  const undo = button("Undo", () => undone.length && tell({ pairs: undone.pop() }));
  const clear = button("Clear", () => match([]));
  const greedy = button("Always the cheapest", () => match(greedyPairs().map(([r, c]) => [numbers[r], c])), {
    title: "takes the cheapest cell, crosses out its row and column, and goes on",
  });
  const reveal = button("Show the optimum", () => tell({ revealed: !model.get("revealed") }), {
    "aria-pressed": "false",
  });
  function greedyPairs() {
    const order = Array.from(cost.keys()).sort((a, b) => cost[a] - cost[b] || a - b),
      pairs = [];
    for (const cell of order) {
      const [r, c] = [Math.floor(cell / columns.length), cell % columns.length];
      if (!pairs.some(([a, b]) => a === r || b === c)) pairs.push([r, c]);
    }
    return pairs;
  }
  const largest = Math.max(10, ...Object.values(game.start).map((weight) => Math.ceil(2 * weight)));
  const sliders = Object.fromEntries(
    game.names.map((name) => [
      name,
      slider({
        label: `Weight of ${name}`,
        hint: HINTS[name] ?? "a term of the cost",
        min: 0,
        max: largest,
        step: 0.1,
        signal,
        onInput: (value) => tell({ weights: { ...model.get("weights"), [name]: value } }),
      }),
    ]),
  );
  const back = button("Weights as at the start", () => tell({ weights: game.start }));
  const modes = choice({
    legend: "Do",
    signal,
    selected: model.get("step") === null ? "game" : "replay",
    choices: { game: "match by hand", replay: "replay the algorithm" },
    onChange: (value) => {
      pause();
      tell({ step: value === "replay" ? 0 : null });
    },
  });
  const stepper = slider({
    label: "Step",
    hint: "of the Hungarian method",
    min: 0,
    max: 1,
    step: 1,
    signal,
    write: String,
    onInput: (value) => tell({ step: value }),
  });
  const go = (by) => tell({ step: Math.min(steps.length - 1, Math.max(0, model.get("step") + by)) });
  const earlier = button("Back", () => go(-1)),
    later = button("Next", () => go(1)),
    play = button("Play", () => (playing ? pause() : start()));
  function start() {
    if (model.get("step") >= steps.length - 1) tell({ step: 0 });
    playing = setInterval(
      () => (model.get("step") === null || model.get("step") >= steps.length - 1 ? pause() : go(1)),
      1200,
    );
    setText(play, "Pause");
  }
  function pause() {
    clearInterval(playing);
    playing = 0;
    setText(play, "Play");
  }

  // ---- texts, matrix, picture
  const summary = element("p", { class: "segtutor-summary" }),
    change = element("p", { class: "segtutor-say" });
  const detail = element("p", { class: "segtutor-detail" }),
    told = element("p", { class: "segtutor-say segtutor-step" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const matrix = new Matrix({
    rows,
    columns,
    says: game.says,
    signal,
    label: "Costs: a query a row, a target a column",
    onPoint: (cell) => {
      pointed = cell;
      frame.request();
    },
    onPress: press,
  });
  const key_ = element(
    "p",
    { class: "segtutor-key" },
    element("span", { class: "chosen" }, "12"),
    "your pair",
    element("span", { class: "best" }, "12"),
    "optimum",
    element("span", { class: "chosen best" }, "12"),
    "both",
  );
  const picture = game.targetIds ? pairPicture(game, model, signal, () => frame.request()) : null;
  const gamePart = element(
    "div",
    { class: "segtutor-part" },
    summary,
    element("div", { class: "segtutor-buttons" }, undo, clear, greedy, reveal),
    key_,
  );
  const replayPart = element(
    "div",
    { class: "segtutor-part" },
    stepper.node,
    element("div", { class: "segtutor-buttons" }, earlier, later, play),
    told,
  );
  const weightPart = element("div", { class: "segtutor-weights" }, ...Object.values(sliders).map(({ node }) => node));
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-matching" },
      element(
        "div",
        { class: "segtutor-left" },
        ...(picture ? [picture.node] : []),
        detail,
        weightPart,
        element("div", { class: "segtutor-line" }, change, back),
      ),
      element("div", { class: "segtutor-right" }, modes, gamePart, replayPart, matrix.node),
      spoken,
    ),
  );

  function update() {
    const weights = model.get("weights"),
      step = model.get("step"),
      held = model.get("cell"),
      revealed = model.get("revealed");
    if (JSON.stringify(weights) !== weighed) {
      weighed = JSON.stringify(weights);
      cost = game.cost(weights);
      steps = null;
      optimum = assign(cost, rows.length, columns.length);
    }
    for (const [name, one] of Object.entries(sliders)) one.show(weights[name], `times ${name}`);
    setText(change, changeInWords(startOptimum, optimum, rows, columns, revealed || step !== null));
    for (const input of modes.querySelectorAll("input")) input.checked = (input.value === "game") === (step === null);
    gamePart.hidden = step !== null;
    replayPart.hidden = step === null;
    if (step === null) showGame(revealed);
    else showStep(step);
    const cell = pointed ?? (held && [row(held[0]), held[1]]);
    setText(
      detail,
      cell
        ? pairInWords(
            rows[cell[0]],
            columns[cell[1]],
            game.names.map((name, t) => ({ name, value: game.term(t, key(...cell)) })),
            weights,
          )
        : "Point at a cell: its cost, term by term. Press it to match its query with its target.",
    );
    picture?.show(cell);
    announce.request();
  }

  function showGame(revealed) {
    pause();
    const pairs = model.get("pairs").map(([query, target]) => [row(query), target]);
    const mine = new Set(pairs.map(([r, c]) => key(r, c))),
      best = new Set(revealed ? optimum.map(([r, c]) => key(r, c)) : []);
    const sum = (some) => some.reduce((total, [r, c]) => total + cost[key(r, c)], 0),
      least = sum(optimum);
    setText(
      summary,
      gameInWords(pairs.length, needed, sum(pairs), least, columns.length) +
        (revealed ? ` The least sum is ${least.toFixed(2)}.` : ""),
    );
    reveal.setAttribute("aria-pressed", String(revealed));
    undo.disabled = !undone.length;
    clear.disabled = !pairs.length;
    matrix.show(
      (r, c) => cost[key(r, c)],
      (r, c) => [mine.has(key(r, c)) && "chosen", best.has(key(r, c)) && "best"].filter(Boolean).join(" "),
      { rows: [], columns: [] },
    );
    matrix.markHeads(new Set(pairs.map(([r]) => r)), new Set(pairs.map(([, c]) => c)));
  }

  function showStep(step) {
    steps ??= assignmentSteps(cost, rows.length, columns.length);
    const number = Math.min(step, steps.length - 1),
      now = steps[number],
      { u, v, path, kind } = now;
    stepper.input.max = String(steps.length - 1);
    stepper.show(number, `of ${steps.length - 1}`);
    setText(told, stepInWords(now, words));
    [earlier.disabled, later.disabled] = [number === 0, number === steps.length - 1];
    const ofRow = turned ? v : u,
      ofColumn = turned ? u : v;
    const pair = (s, p) => (turned ? key(p, s) : key(s, p));
    const placed = new Set(Array.from(now.placeOf, (p, s) => (p >= 0 ? pair(s, p) : -1)));
    const way = new Set(kind === "free" ? path.map(([s, p]) => pair(s, p)) : []);
    const searching = kind === "taken" || kind === "free";
    const asked = kind === "taken" ? pair(now.asked, now.place) : -1;
    matrix.show(
      (r, c) => cost[key(r, c)] - ofRow[r] - ofColumn[c],
      (r, c) =>
        [placed.has(key(r, c)) && "chosen", way.has(key(r, c)) && "way", key(r, c) === asked && "way"]
          .filter(Boolean)
          .join(" "),
      {
        rows: rows.map((_, r) => note(turned ? "v" : "u", ofRow[r], turned && searching ? now.distance[r] : Infinity)),
        columns: columns.map((_, c) =>
          note(turned ? "u" : "v", ofColumn[c], turned || !searching ? Infinity : now.distance[c]),
        ),
      },
    );
    if (number !== shownStep && now.place >= 0)
      matrix.reveal(...(turned ? [now.place, now.asked] : [now.asked, now.place]));
    shownStep = number;
    const seekers = new Set([now.seeker, now.asked]),
      places = new Set([now.place]);
    matrix.markHeads(turned ? places : seekers, turned ? seekers : places);
  }
  const note = (letter, potential, distance) =>
    `${letter} ${potential.toFixed(2)}${Number.isFinite(distance) ? `, way ${distance.toFixed(2)}` : ""}`;

  const frame = frameScheduler(update);
  const announce = whenQuiet(
    () =>
      setText(spoken, model.get("step") === null ? `${summary.textContent} ${change.textContent}` : told.textContent),
    700,
  );
  life.on(["weights", "pairs", "cell", "revealed", "step"], frame.request);
  update();

  life.also(() => clearInterval(playing), frame, announce);
}

// ---- What MatchingGame says: a pair's cost term by term, the game's state, and each step of the Hungarian method.

const two = (number) => (Math.abs(number) < 0.005 ? 0 : number).toFixed(2);
const list = (parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`);

/** "query 3 with cat 5: class 2 x -0.97 + bce 5 x 0.12 + dice 5 x 0.20 = -0.34" */
export function pairInWords(row, column, terms, weights) {
  const parts = terms.map(({ name, value }) => `${name} ${Number(weights[name].toFixed(2))} × ${two(value)}`);
  const sum = terms.reduce((total, { name, value }) => total + weights[name] * value, 0);
  return `${row} with ${column}: ${parts.join(" + ")} = ${two(sum)}`;
}

/** How the learner's assignment stands against the cheapest. needed: how many pairs make it complete. */
export function gameInWords(count, needed, total, least, targets) {
  const what = needed === targets ? "targets" : "queries";
  if (count < needed) return `${count} of ${needed} ${what} matched, sum ${two(total)}.`;
  const more = total - least;
  return more < 1e-9
    ? `All ${needed} ${what} matched, sum ${two(total)}: no assignment is cheaper.`
    : `All ${needed} ${what} matched, sum ${two(total)}: another assignment is cheaper by ${two(more)}.`;
}

/** What other weights did to the optimum: of whom the best partner changed. before, now: pairs [row, column]. */
export function changeInWords(before, now, rows, columns, revealed) {
  const first = new Map(before.map(([row, column]) => [column, row]));
  const changed = now.filter(([row, column]) => first.get(column) !== row).sort((a, b) => a[1] - b[1]);
  if (!changed.length) return "These weights have the same optimum as those at the start.";
  if (!revealed)
    return `With these weights ${changed.length} of ${now.length} pairs of the optimum are others than at the start.`;
  return `Other pairs than at the start: ${list(
    changed.map(([row, column]) => {
      const was = first.has(column) ? `${rows[first.get(column)]} → ` : "";
      return `${columns[column]} (${was}${rows[row]})`;
    }),
  )}.`;
}

/**
 * One step of assignmentSteps in words.
 *
 * @param {Record<string, any>} step see hungarian.js
 * @param {{seekers: string[], places: string[], seeker: string, place: string}} names of all, and of either kind
 */
export function stepInWords(step, { seekers, places, seeker, place }) {
  const { kind, u, v } = step,
    who = seekers[step.seeker],
    where = places[step.place];
  const way = kind === "taken" || kind === "free" || kind === "move" ? two(step.distance[step.place]) : "";
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  if (kind === "begin") {
    return (
      `The ${seeker === "target" ? "targets" : "queries"} are served one by one, each gets a ${place} of its own. Beside the names stand ` +
      "the potentials, all 0 yet; the cells show cost minus both potentials, the reduced cost. Subtracting a number from a " +
      "whole row or column changes the sum of every complete assignment alike, so the best one stays the best."
    );
  }
  if (kind === "taken") {
    const holder = seekers[Array.from(step.placeOf).indexOf(step.place)];
    const from =
      step.asked === step.seeker
        ? `${who} looks for a ${place}`
        : `${who} still looks, now through ${seekers[step.asked]}`;
    return (
      `${from}. The nearest is ${where}, ${way} away, but ${holder} holds it. What if ${holder} moved elsewhere? Its reduced costs are ` +
      "looked at as well, each added to the way so far."
    );
  }
  const moves = step.path
    .slice()
    .reverse()
    .map(([s, p], n) => `${seekers[s]} ${n ? "moves to" : "takes"} ${places[p]}`);
  if (kind === "free") return `${where} is free, at the end of the cheapest way, ${way} long: ${list(moves)}.`;
  if (kind === "move") {
    const others = step.settled.length;
    return (
      `The potential of ${who} becomes ${two(u[step.seeker])}${
        others
          ? `; along the search, what is given to ${
              others === 1 ? `a ${seeker}` : `${others} ${seeker === "query" ? "queries" : "targets"}`
            } is taken from the ${place} held`
          : ""
      }. Now all pairs stand on reduced costs of 0, and no ` +
      `reduced cost of those served is negative. ${list(moves)}.`
    );
  }
  return (
    `Done, and proved: no reduced cost is negative and all pairs stand on 0. Any other assignment costs at least the sum of the ` +
    `potentials, ${two(sum(u))} of the ${seeker === "query" ? "queries" : "targets"} and ${two(sum(v))} of the ${
      place === "query" ? "queries" : "targets"
    }, together ${two(sum(u) + sum(v))}. This one costs just that.`
  );
}

export default { render: living(render) };
