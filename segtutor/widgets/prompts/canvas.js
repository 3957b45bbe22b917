// @ts-check
/**
 * PromptCanvas: points, boxes, scribbles and text on a picture. Everything that paints happens here, and whole prompts
 * are told to Python when a stroke ends; Python trains, and sends the answer as raw bytes.
 */
import { bytesOf, decodePicture, element, frameScheduler, setText, whenQuiet } from "../shared/canvas.js";
import { labelPlaces, writeNames } from "../shared/draw.js";
import { paintPrompts, paintStroke } from "../shared/raster.js";
import { addPlace, boxBetween, erase, kept } from "../shared/edit.js";
import { History } from "../shared/history.js";
import { PromptPainter, drawMarks } from "./paint.js";
import { painterHand } from "../shared/hand.js";
import { LearningPanel, PromptTools } from "./tools.js";
import { pictureFromFile } from "./upload.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";

const PROMPTS = ["points", "boxes", "scribbles", "text"];
const OTHERS = [
  "classes",
  "tool",
  "label",
  "brush",
  "view",
  "kind",
  "seconds",
  "progress",
  "score",
  "answer",
  "answer_segments",
  "refused",
  "picture",
];

function render({ model, el, life }) {
  const { signal } = life,
    turns = new Turns(model),
    get = (name) => model.get(name);
  const prompts = () => ({
    points: get("points"),
    boxes: get("boxes"),
    scribbles: get("scribbles"),
    text: get("text"),
  });
  const history = new History(prompts());
  let labels = null,
    seen = null,
    stale = true,
    ground = "",
    places = [],
    zoom = 1,
    draft = null,
    hover = null,
    cross = null,
    spokenCross = false,
    taken = null,
    loading = false;

  const tell = (changes) => {
    turns.tell(changes);
    frame.request();
  };
  const colors = () => get("classes").map(({ color }) => color);
  const clip = ([x, y]) => [kept(x, get("size")[1]), kept(y, get("size")[0])];
  const step = (state) => state && tell(Object.fromEntries(PROMPTS.map((name) => [name, state[name]])));
  const known = () => history.push(prompts()); // a stroke of this very moment, which no frame has seen yet
  const undo = () => {
    known();
    step(history.undo());
  };
  const redo = () => {
    known();
    step(history.redo());
  };

  // ---- one stroke, from down to up
  function down(at) {
    const place = clip(at),
      tool = get("tool"),
      label = get("label");
    if (tool === "point") {
      tell({ points: [...get("points"), { x: place[0], y: place[1], label }] });
      return "done";
    }
    if (tool === "box") draft = { tool, label, from: place, to: place };
    else {
      draft = { tool, label: tool === "eraser" ? -1 : label, width: get("brush"), places: [place] };
      part(paintStroke(labels, get("size"), [place], draft.width, draft.label));
    }
    hover = at;
    frame.request();
    return "";
  }
  function move(at) {
    if (!draft) return;
    const place = clip(at);
    hover = at;
    if (draft.tool === "box") draft.to = place;
    else if (addPlace(draft.places, place, draft.width))
      part(paintStroke(labels, get("size"), draft.places.slice(-2), draft.width, draft.label));
    frame.request();
  }
  function up(at) {
    if (!draft) return;
    move(at);
    const { tool, label, from, to, width, places: line } = draft;
    draft = null;
    stale = true; // points lie above strokes: what was painted meanwhile is painted once more, in order
    if (tool === "box") {
      const box = boxBetween(from, to, label);
      if (box) tell({ boxes: [...get("boxes"), box] });
    } else if (tool === "eraser") tell(erase(prompts(), line, width));
    else tell({ scribbles: [...get("scribbles"), { label, width, points: line }] });
    frame.request();
  }
  function cancel() {
    [draft, stale] = [null, true];
    frame.request();
  }
  function key(event) {
    const control = event.ctrlKey || event.metaKey,
      name = event.key.toLowerCase();
    if (control && (name === "y" || (name === "z" && event.shiftKey))) redo();
    else if (control && name === "z") undo();
    else if (control) return false;
    else if (/^[1-9]$/.test(name) && Number(name) <= get("classes").length) tell({ label: Number(name) - 1 });
    else if (name === "[" || name === "]")
      tell({ brush: Math.min(60, Math.max(1, get("brush") + (name === "]" ? 2 : -2))) });
    else if ("spbe".includes(name)) tell({ tool: { s: "scribble", p: "point", b: "box", e: "eraser" }[name] });
    else return false;
    return true;
  }

  // ---- the page
  const canvas = element("canvas", { role: "img", class: "segtutor-canvas" }),
    marks = element("canvas", { class: "segtutor-marks", "aria-hidden": "true" });
  const painter = new PromptPainter(canvas),
    context = marks.getContext("2d");
  const node = painterHand([canvas, marks], {
    size: () => get("size"),
    signal,
    onDown: (at) => (labels ? down(at) : "done"),
    onMove: move,
    onUp: up,
    onCancel: cancel,
    label:
      "Painting: arrow keys move the cross, Enter puts the pen down and lifts it, 1 to 9 choose a class, S P B E a tool",
    onHover: (at) => {
      hover = at;
      frame.request();
    },
    onCross: (at) => {
      [cross, hover, spokenCross] = [at, at, Boolean(at)];
      frame.request();
    },
    onKey: key,
  });
  const send = (file) => pictureFromFile(file, { model, get, tell, signal });
  const tools = new PromptTools({
    signal,
    onTool: (tool) => tell({ tool }),
    onLabel: (label) => tell({ label }),
    onBrush: (brush) => tell({ brush }),
    onName: (label, name) =>
      name.trim() &&
      tell({ classes: get("classes").map((one, n) => (n === label ? { ...one, name: name.trim() } : one)) }),
    onAdd: (name) =>
      tell({
        classes: [
          ...get("classes"),
          {
            id: 1 + Math.max(...get("classes").map(({ id }) => id)),
            name,
            isthing: false,
            color: get("palette")[get("classes").length % get("palette").length],
          },
        ],
        label: get("classes").length,
      }),
    onUndo: undo,
    onRedo: redo,
    onClear: () => tell({ points: [], boxes: [], scribbles: [], text: "" }),
    onText: (text) => tell({ text }),
    onFile: send,
  });
  // With what is on the page: a message may overtake a stroke that the notebook still holds back.
  const learn = () =>
    model.send({
      do: "learn",
      from: Object.fromEntries([...PROMPTS, "classes", "kind", "seconds"].map((name) => [name, get(name)])),
    });
  const learning = new LearningPanel({
    signal,
    kernel: model.kernel,
    onKind: (kind) => tell({ kind }),
    onSeconds: (seconds) => tell({ seconds }),
    onLearn: learn,
    onStop: () => model.send({ do: "stop" }),
    onView: (view) => tell({ view }),
  });
  const summary = element("p", { class: "segtutor-detail" }),
    spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-painting segtutor-prompts" },
      element("div", { class: "segtutor-left" }, node, summary),
      element("div", { class: "segtutor-right" }, tools.node, learning.node),
      spoken,
    ),
  );

  // ---- one frame
  /** Paints a part at once: pixels of a stroke are few, and the next frame shows them. */
  const part = (rectangle) => painter.paint(labels, colors(), rectangle);

  function update() {
    const now = prompts(),
      list = [...Object.values(now), get("classes")];
    if (!seen || list.some((one, n) => one !== seen[n])) {
      [seen, stale] = [list, true];
      history.push(now);
    }
    tools.show({
      tool: get("tool"),
      label: get("label"),
      classes: get("classes"),
      brush: get("brush"),
      text: get("text"),
      refused: get("refused"),
      undo: history.past.length,
      redo: history.future.length,
      any: now.points.length + now.boxes.length + now.scribbles.length + now.text.length,
    });
    const answer = get("answer"),
      hasAnswer = answer.byteLength > 0;
    learning.show({
      kind: get("kind"),
      seconds: get("seconds"),
      progress: get("progress"),
      score: get("score"),
      view: get("view"),
      hasAnswer,
    });
    if (!taken || loading) return;
    repaint(now, hasAnswer);
    const scale = painter.scale,
      brushing = draft ? draft.tool !== "box" : ["scribble", "eraser"].includes(get("tool"));
    drawMarks(context, scale, zoom, {
      points: now.points,
      boxes: now.boxes,
      colors: colors(),
      cross,
      draft:
        draft?.tool === "box"
          ? {
              x0: Math.min(draft.from[0], draft.to[0]),
              y0: Math.min(draft.from[1], draft.to[1]),
              x1: Math.max(draft.from[0], draft.to[0]),
              y1: Math.max(draft.from[1], draft.to[1]),
              label: draft.label,
            }
          : null,
      brush: brushing && hover ? { at: hover, width: get("brush") } : null,
      active: get("tool") === "eraser" ? null : get("label"),
    });
    const rim = (9 * zoom) / scale,
      lowest = get("size")[0] - rim; // names stay whole at the edges
    if (places.length)
      writeNames(
        context,
        scale,
        zoom,
        places.map((one) => one && { ...one, y: Math.min(lowest, Math.max(rim, one.y)) }),
        ["", ...get("answer_segments").map(({ name }) => name)],
      );
    if (spokenCross || !draft) announce.request();
  }

  /** The ground and the labels, each only when it changed. */
  function repaint(now, hasAnswer) {
    const answer = get("answer"),
      shown = hasAnswer && get("view") === "answer",
      size = get("size");
    const wanted = shown ? answer : "picture";
    if (wanted === ground && !stale) return;
    if (wanted !== ground) {
      places = [];
      if (shown) {
        const map = bytesOf(answer),
          segments = get("answer_segments");
        painter.groundAnswer(
          map,
          bytesOf(get("sure")),
          segments.map(({ color }) => color),
        );
        places = labelPlaces(map, size, segments.length);
      } else painter.groundPicture();
      ground = wanted;
    }
    if (stale) {
      labels = paintPrompts(size, now.scribbles, now.points);
      if (draft?.places) paintStroke(labels, size, draft.places, draft.width, draft.label);
      stale = false;
    }
    painter.paint(labels, colors(), null);
    write(now);
  }

  function write(now) {
    const counts = new Array(get("classes").length).fill(0);
    for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) counts[labels[i]]++;
    const share = (n) => `${((100 * n) / labels.length).toFixed(1)} %`,
      some = get("classes").flatMap(({ name }, k) => (counts[k] ? [`${name} ${share(counts[k])}`] : []));
    const more = [
      [now.scribbles.length, "stroke"],
      [now.points.length, "point"],
      [now.boxes.length, "box"],
    ].map(([n, what]) => `${n} ${what}${n === 1 ? "" : what === "box" ? "es" : "s"}`);
    setText(summary, `${some.length ? `Painted: ${some.join(", ")}` : "Nothing painted yet"}; ${more.join(", ")}.`);
    canvas.setAttribute(
      "aria-label",
      `${ground === "picture" ? "The picture" : "The model's answer"} under what is painted. ${summary.textContent}`,
    );
  }

  const announce = whenQuiet(() => {
    const at = cross && spokenCross ? [Math.floor(cross[0]), Math.floor(cross[1])] : null,
      label = at && labels ? labels[at[1] * get("size")[1] + at[0]] : -1;
    const here = at
      ? `Column ${at[0]}, row ${at[1]}: ${label < 0 ? "unpainted" : get("classes")[label].name}${draft ? ", pen down" : ""}. `
      : "";
    setText(spoken, `${here}${summary.textContent} ${learning.said.textContent}`);
  }, 600);
  const frame = frameScheduler(update);

  /** Another picture has come, with its size: nothing of the old one stays. */
  function load() {
    const picture = get("picture"),
      size = get("size");
    if (picture === taken) return;
    taken = picture;
    [loading, draft, labels] = [true, null, null]; // a stroke under way was meant for the old one
    decodePicture(bytesOf(picture), size).then((image) => {
      if (signal.aborted || get("picture") !== picture) return;
      painter.take(size, image);
      [marks.width, marks.height] = [canvas.width, canvas.height];
      node.style.setProperty("--wide", `${Math.max(canvas.width, Math.min(640, 2 * canvas.width))}px`);
      [loading, stale, ground, draft, places] = [false, true, "", null, []];
      history.restart(prompts());
      update();
    });
  }

  const resized = new ResizeObserver(([{ contentRect }]) => {
    zoom = Math.min(2.5, Math.max(0.5, Math.round((4 * canvas.width) / (contentRect.width || canvas.width)) / 4));
    frame.request();
  });
  resized.observe(canvas);
  life.on([...PROMPTS, ...OTHERS], frame.request);
  const later = () => queueMicrotask(load); // its size comes in the same message
  life.on("picture", later);
  update();
  load();

  life.also(resized, frame, announce);
}

export default { render: living(render) };
