// @ts-check
/**
 * TrainingView: curves and scene of a training, drawn from what its events said; the buttons set what is asked for.
 *
 * Python sends the curves (float32, thinned) and the predictions (a small PNG each), a few times a second. Looking back,
 * choosing curves and reading numbers happen here, also when the training is over and no kernel runs.
 */
import { labelPlaces, paintPicture, paintSegments, writeNames } from "../shared/draw.js";
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
import { axes, brief, curveNames, drawCurves, drawReading, lineStyle, linesOf, nearest, readTable } from "./curves.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";

const PATIENCE = 2500; // milliseconds until a view says that it was not heard

/** The numbers of the lines at a step, each with a sample of its line. */
function legend() {
  const node = element("ul", {
    class: "segtutor-lines",
    "aria-label": "The curves and their values at the step that is looked at",
  });
  let rows = [],
    drawn = "";
  const arrange = (lines, dark) => {
    const key = JSON.stringify([lines.map(({ name }) => name), dark]);
    if (key === drawn) return;
    drawn = key;
    rows = lines.map((line, n) => {
      const { color, dash, width } = lineStyle(line, n, dark),
        sample = element("span", { "aria-hidden": "true" });
      sample.innerHTML = `<svg width="34" height="10"><line x2="34" y1="5" y2="5" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dash.join(" ")}"/></svg>`;
      const value = element("span", { class: "segtutor-number" });
      return {
        value,
        row: element(
          "li",
          {},
          sample,
          element("span", {}, lines.length > 1 ? `${n + 1}. ${line.name}` : line.name),
          value,
        ),
      };
    });
    node.replaceChildren(...rows.map(({ row }) => row));
  };
  const show = (lines, step, dark, write) => {
    arrange(lines, dark);
    lines.forEach((line, n) =>
      setText(
        rows[n].value,
        line.values.length
          ? write(line.values[step === null ? line.values.length - 1 : nearest(line.steps, step)])
          : "–",
      ),
    );
  };
  return { node, show };
}

function render({ model, el, life }) {
  const { signal } = life,
    turns = new Turns(model),
    alone = model.kernel === false;
  let table = readTable([], []),
    lines = [],
    names = [],
    place = null,
    hovered = null,
    curveChoice = null,
    theme = null,
    unheard = false;
  let wide = 0,
    image = null,
    painted = "",
    view = "prediction",
    zoom = 1,
    pixels = null,
    out = null,
    scale = 1;
  let era = 0; // counts the trainings: what was decoded for one is not shown in the next
  const maps = new Map(); // step: ids of a prediction, once it is decoded
  const { tell } = turns;

  // ---- the training: its state and its buttons
  const button = (text, action) => {
    const node = ownKeys(element("button", { type: "button", class: "segtutor-reset" }, text), signal);
    node.addEventListener("click", action, { signal });
    return node;
  };
  const ask = (asked) => {
    tell({ asked });
    unheard = false;
    patience.request();
  };
  const pause = button("Pause", () => ask(model.get("asked") === "pause" ? "run" : "pause")),
    halt = button("Stop", () => ask("stop"));
  const summary = element("p", { class: "segtutor-summary" }),
    note = element("p", { class: "segtutor-say" });
  const progress = element("progress", { max: 1, value: 0, "aria-label": "Share of the budget that is used" });
  const patience = whenQuiet(() => {
    unheard = model.get("heard") !== model.get("asked");
    frame.request();
  }, PATIENCE);

  // ---- the curves
  const plot = element("canvas", { class: "segtutor-plot", role: "img" }),
    behind = document.createElement("canvas");
  const graph = ownKeys(
    element(
      "div",
      {
        class: "segtutor-plot-frame",
        tabindex: 0,
        role: "application",
        "aria-label": "Curves: left and right arrows read another step, End the newest",
      },
      plot,
    ),
    signal,
  );
  const values = legend(),
    chooser = element("div");
  const scales = choice({
    legend: "Axis",
    selected: model.get("scale"),
    signal,
    choices: { linear: "linear", log: "logarithmic" },
    onChange: (value) => tell({ scale: value }),
  });
  const back = slider({
    label: "Step that is looked at",
    hint: "the scene is the last prediction before it; at the right end: always the newest",
    signal,
    min: 0,
    max: 1,
    step: 1,
    write: (value) => (table.steps.length ? String(table.steps[value]) : "–"),
    onInput: (value) => look(value),
  });
  const look = (index) => tell({ step: index >= table.steps.length - 1 ? null : table.steps[index] });

  // ---- the scene
  const canvas = element("canvas", { width: 256, height: 16, role: "img", class: "segtutor-canvas", hidden: true }),
    context = canvas.getContext("2d");
  const detail = element("p", { class: "segtutor-detail" });
  const views = choice({
    legend: "Show",
    selected: view,
    signal,
    choices: { prediction: "prediction", truth: "truth", picture: "picture" },
    onChange: (value) => {
      view = value;
      frame.request();
    },
  });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-training" },
      element("div", { class: "segtutor-left" }, canvas, detail, views),
      element(
        "div",
        { class: "segtutor-right" },
        summary,
        progress,
        element("div", { class: "segtutor-buttons" }, pause, halt),
        note,
        chooser,
        scales,
        graph,
        values.node,
        element(
          "p",
          { class: "segtutor-note" },
          "Thick: the mean over a tenth of the training; numbers and dots: as logged.",
        ),
        back.node,
      ),
      spoken,
    ),
  );

  // ---- one frame
  const frame = frameScheduler(update);
  let stale = { table: true, lines: true };

  function update() {
    if (!theme?.text) theme = readTheme(); // nothing is known of colours before the view is in the page
    if (stale.table)
      table = readTable(model.get("columns"), model.get("rows")?.byteLength ? floatsOf(model.get("rows")) : []);
    if (stale.table || stale.lines) arrange();
    stale = { table: false, lines: false };
    const state = model.get("state"),
      asked = model.get("asked"),
      over = ["stopped", "done", "failed"].includes(state);
    setText(summary, `${summaryWords(state, asked, model.get("pace"))}.`);
    progress.value = model.get("pace").done ?? 0;
    setText(pause, asked === "pause" ? "Resume" : "Pause");
    pause.disabled = halt.disabled = alone || over || state === "ready";
    setText(
      note,
      state === "failed"
        ? model.get("message")
        : alone && !over
          ? ALONE
          : unheard && model.get("heard") !== asked
            ? BUSY
            : "",
    );
    note.hidden = !note.textContent;
    const step = hovered ?? model.get("step"),
      index = step === null ? table.steps.length - 1 : nearest(table.steps, step);
    back.input.max = String(Math.max(1, table.steps.length - 1));
    back.input.disabled = table.steps.length < 2;
    back.show(Math.max(0, index), "the step that is looked at");
    const write = curveShown() === "pixels right" ? percent : brief;
    values.show(lines, step, theme.dark, write);
    drawPlot(index);
    drawScene(step);
    plot.setAttribute(
      "aria-label",
      `${curveShown()} over the steps${
        index < 0
          ? ""
          : `; at step ${table.steps[index]}: ` +
            lines
              .map(
                (line) =>
                  `${line.name} ${line.values.length ? write(line.values[nearest(line.steps, table.steps[index])]) : "not said"}`,
              )
              .join(", ")
      }`,
    );
    announce.request();
  }

  const curveShown = () => (names.includes(model.get("curve")) ? model.get("curve") : "loss");

  /** What changes when numbers arrive or another curve is chosen; a moved cursor needs none of it. */
  function arrange() {
    const scenes = model.get("scenes"),
      now = curveNames(table, scenes.length > 0);
    if (now.join() !== names.join()) {
      names = now;
      const fresh = choice({
        legend: "Curve",
        selected: curveShown(),
        signal,
        choices: Object.fromEntries(names.map((name) => [name, name])),
        onChange: (curve) => tell({ curve }),
      });
      curveChoice ? curveChoice.replaceWith(fresh) : chooser.replaceWith(fresh);
      curveChoice = fresh;
    }
    for (const [node, value] of [
      [curveChoice, curveShown()],
      [scales, model.get("scale")],
    ]) {
      for (const input of node.querySelectorAll("input")) input.checked = input.value === value;
    }
    lines = linesOf(curveShown(), table, scenes);
    if (!wide) return;
    const ratio = window.devicePixelRatio || 1,
      height = 220,
      log = model.get("scale") === "log";
    for (const one of [plot, behind])
      if (one.width !== Math.round(wide * ratio))
        [one.width, one.height] = [Math.round(wide * ratio), Math.round(height * ratio)];
    place = axes(lines, { width: wide, height, log });
    const under = behind.getContext("2d");
    under.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawCurves(under, lines, place, { width: wide, height, log, ...theme });
  }

  function drawPlot(index) {
    if (!place) return;
    const top = plot.getContext("2d"),
      ratio = plot.width / wide;
    top.setTransform(1, 0, 0, 1, 0, 0);
    top.clearRect(0, 0, plot.width, plot.height);
    top.drawImage(behind, 0, 0);
    top.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (index >= 0)
      drawReading(top, lines, place, table.steps[index], { height: 220, log: model.get("scale") === "log", ...theme });
  }

  function drawScene(step) {
    const scenes = model.get("scenes"),
      before = scenes.filter((one) => step === null || one.step <= step),
      scene = before[before.length - 1] ?? null;
    canvas.hidden = views.hidden = !image;
    if (!image) return setText(detail, scenes.length ? "" : "No scene yet: st.fit shows it every scene_every steps.");
    const classes = model.get("classes"),
      shown = view === "truth" ? model.get("truth_segments") : scene?.segments,
      ids = view === "truth" ? truth() : maps.get(scene?.step);
    setText(
      detail,
      scene
        ? `After step ${scene.step}: ${percent(scene.right)} of the pixels have the right class, ${scene.segments.length} segments.`
        : `No prediction before step ${step}.`,
    );
    const wanted = view === "picture" || !ids ? "picture" : `${view} ${scene?.step} ${zoom}`;
    canvas.setAttribute(
      "aria-label",
      view === "picture" || !ids
        ? "The scene"
        : `${view === "truth" ? "The truth" : `The prediction after step ${scene.step}`}: ${shown.map(({ label }) => classes[label].name).join(", ") || "nothing"}`,
    );
    if (wanted === painted || (!ids && view === "prediction" && scene)) return; // one that is being decoded: the last stays
    painted = wanted;
    const size = model.get("size");
    if (wanted === "picture") paintPicture(out, scale, size, image);
    else paintSegments(out, scale, size, image, ids, [null, ...shown.map(({ color }) => color)]);
    context.putImageData(pixels, 0, 0);
    if (wanted !== "picture")
      writeNames(context, scale, zoom, labelPlaces(ids, size, shown.length), [
        "",
        ...shown.map(({ label }) => classes[label].name),
      ]);
  }

  const truth = () => new Uint16Array(bytesOf(model.get("truth_ids")).buffer);

  /** Predictions that have come are decoded at once, so that looking back finds them there. */
  async function take() {
    stale.lines = true;
    const scenes = model.get("scenes"),
      size = model.get("size"),
      steps = new Set(scenes.map(({ step }) => step));
    for (const step of maps.keys()) if (!steps.has(step)) maps.delete(step);
    if (!scenes.length) [image, painted, era] = [null, "", era + 1];
    const mine = era;
    if (scenes.length && !image) {
      const decoded = await decodePicture(bytesOf(model.get("picture")), size);
      if (signal.aborted || era !== mine) return;
      scale = Math.max(1, Math.floor(384 / Math.max(...size)));
      [canvas.width, canvas.height] = [size[1] * scale, size[0] * scale];
      canvas.style.width = `${canvas.width}px`;
      pixels = context.createImageData(canvas.width, canvas.height);
      [out, image] = [new Uint32Array(pixels.data.buffer), decoded];
    }
    for (const { step, ids } of scenes) {
      if (maps.has(step)) continue;
      maps.set(step, null);
      const rgba = await decodePicture(bytesOf(ids), size);
      if (signal.aborted || era !== mine) return;
      if (maps.has(step))
        maps.set(
          step,
          Int32Array.from({ length: rgba.length / 4 }, (_, i) => rgba[4 * i] + 256 * rgba[4 * i + 1]),
        );
    }
    frame.request();
  }

  // ---- reading by pointer and keys
  const indexAt = (event) => nearest(table.steps, place.step(event.clientX - plot.getBoundingClientRect().left));
  plot.addEventListener(
    "pointermove",
    (event) => {
      if (!place || !table.steps.length || event.pointerType === "touch") return;
      hovered = table.steps[indexAt(event)];
      frame.request();
    },
    { signal },
  );
  plot.addEventListener(
    "pointerleave",
    () => {
      hovered = null;
      frame.request();
    },
    { signal },
  );
  plot.addEventListener("click", (event) => place && table.steps.length && look(indexAt(event)), { signal });
  graph.addEventListener(
    "keydown",
    (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[
        event.key
      ];
      if (move === undefined || event.altKey || event.ctrlKey || event.metaKey || !table.steps.length) return;
      const step = model.get("step"),
        now = step === null ? table.steps.length - 1 : nearest(table.steps, step);
      look(Math.min(table.steps.length - 1, Math.max(0, now + move * (event.shiftKey ? 10 : 1))));
      event.preventDefault();
    },
    { signal },
  );
  const announce = whenQuiet(() => {
    const state = model.get("state"),
      read = model.get("step") === null ? "" : ` ${plot.getAttribute("aria-label")}.`;
    setText(spoken, `${state === "running" ? "Running" : summary.textContent}${read}`); // not every new step
  }, 700);

  // ---- sizes and themes
  function readTheme() {
    const { color, backgroundColor } = getComputedStyle(el.firstChild),
      [r, g, b] = (backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
    return { text: color, dark: 0.3 * r + 0.59 * g + 0.11 * b < (backgroundColor.startsWith("color(") ? 0.5 : 128) };
  }
  const recolor = () => {
    theme = null;
    stale.lines = true;
    frame.request();
  };
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (target === plot) wide = contentRect.width;
      else if (contentRect.width)
        zoom = Math.min(2.5, Math.max(1, Math.round((4 * canvas.width) / contentRect.width) / 4));
    }
    recolor();
  });
  for (const one of [plot, canvas]) resized.observe(one);
  const themed = new MutationObserver(recolor);
  themed.observe(document.body, {
    attributes: true,
    attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class", "style"],
  });
  window.matchMedia?.("(prefers-color-scheme: dark)").addEventListener("change", recolor, { signal });

  const renumbered = () => {
    stale.table = true;
    frame.request();
  };
  const chosen = () => {
    stale.lines = true;
    frame.request();
  };
  const handlers = {
    rows: renumbered,
    scenes: take,
    curve: chosen,
    scale: chosen,
    ...Object.fromEntries(["state", "asked", "heard", "step", "pace", "message"].map((name) => [name, frame.request])),
  };
  for (const [name, handler] of Object.entries(handlers)) life.on(name, handler);
  update();
  take();

  life.also(resized, themed, frame, announce, patience);
}

// ---- What TrainingView says in words: the state, the pace, and why nothing happens.

const STATES = {
  ready: "No step yet",
  running: "Running",
  paused: "Paused",
  stopped: "Stopped",
  done: "Done",
  failed: "Failed",
};

/** 75 -> "1:15", 3700 -> "1:01:40". */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds)),
    two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** One line: state, step, share of the budget, pace. */
export function summaryWords(state, asked, pace) {
  const wish =
    state === "running" && asked !== "run"
      ? { pause: ", pausing after this step …", stop: ", stopping after this step …" }[asked]
      : state === "paused" && asked !== "pause"
        ? { run: ", going on …", stop: ", stopping …" }[asked]
        : "";
  if (pace.step === undefined) return `${STATES[state]}${wish}`;
  const parts = [`${STATES[state]} at step ${pace.step}${wish}`, `${Math.round(100 * pace.done)} % of the budget`];
  if (pace.images_per_second) parts.push(`${Number(pace.images_per_second.toPrecision(3))} pictures a second`);
  if ((state === "running" || state === "paused") && pace.seconds_left !== null)
    parts.push(`${clock(pace.seconds_left)} left`);
  return parts.join(", ");
}

export const BUSY =
  "The kernel has not heard this yet: it is busy with a cell, and hears it when the cell ends. " +
  "A training begun with view.start(...) runs beside the cells, and its buttons always work.";
export const ALONE = "Pause and Stop need a running notebook; the curves and the scene can be looked at without one.";

/** "82.1 %". */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;

export default { render: living(render) };
