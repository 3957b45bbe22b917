// @ts-check
/**
 * PromptCanvas with a network: clicks, a box, words or a painted example; each is told to the kernel when it is whole,
 * and masks come back as bits. Which of three answers is shown is decided here, at once.
 */
import { bytesOf, decodePicture, element, frameScheduler, ownKeys, setText, whenQuiet } from "../shared/canvas.js";
import { paintPicture } from "../shared/draw.js";
import { History } from "../shared/history.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";
import { addPlace, boxBetween, kept } from "../shared/edit.js";
import { paintPrompts, paintStroke } from "../shared/raster.js";
import { paintMasked, unpackMasks } from "./draw.js";
import { AskingPanel } from "./panel.js";
import { Sheet } from "./sheet.js";
import { answerInWords, nextInWords, truthInWords } from "./words.js";

const STATE = ["points", "boxes", "scribbles", "text", "chosen"];
const NONE = { points: [], boxes: [], scribbles: [], text: "", chosen: 0 };
const OTHERS = ["tool", "label", "brush", "level", "answers", "masks", "picture"];
const KEYS = { p: "point", b: "box", w: "text", e: "example" };

function render({ model, el, life }) {
  const { signal } = life,
    turns = new Turns(model),
    get = (name) => model.get(name),
    kernel = model.kernel !== false,
    tools = get("tools"),
    hasExample = get("example_size").length > 0;
  const prompts = () => Object.fromEntries(STATE.map((name) => [name, get(name)]));
  const history = new History(prompts());
  let image = null,
    masks = [],
    shownMasks = null,
    drawn = "",
    draft = null,
    taken = null,
    hand = "paint",
    waiting = false,
    exampleImage = null,
    marked = null,
    markedOf = null;

  const tell = (changes) => {
    turns.tell(changes);
    frame.request();
  };
  /** A prompt of one kind takes those of the others off: the network is asked one thing. */
  const ask = (changes) => {
    const one = "text" in changes ? ["text"] : "scribbles" in changes ? ["scribbles"] : ["points", "boxes", "chosen"];
    const kept = Object.fromEntries(one.map((name) => [name, get(name)]));
    waiting = kernel;
    tell({ ...NONE, ...kept, ...changes });
  };
  const step = (state) => {
    if (!state) return;
    waiting = kernel;
    tell(state);
  };
  const known = () => history.push(prompts()); // a click of this very moment, which no frame has seen yet
  const undo = () => {
    known();
    step(history.undo());
  };
  const redo = () => {
    known();
    step(history.redo());
  };
  const begun = () => get("points").length + get("boxes").length > 0;
  const inside = ([x, y], [H, W]) => [kept(x, W), kept(y, H)];

  // ---- the picture: clicks and a box
  function click(x, y, label) {
    const first = !begun();
    ask({ points: [...get("points"), { x, y, label: first ? 1 : label }], ...(first ? { chosen: 0 } : {}) });
  }
  const takeNext = () => {
    const next = get("answers").next;
    if (kernel && next && !waiting) click(next[0], next[1], next[2]);
  };
  function down(at) {
    const tool = get("tool"),
      place = inside(at, get("size"));
    if (!kernel || !image) return "done";
    if (tool === "point") click(...place, get("label"));
    if (tool !== "box") return "done";
    draft = { from: place, to: place };
    frame.request();
    return "";
  }
  function move(at) {
    if (draft) draft.to = inside(at, get("size"));
    frame.request();
  }
  function up(at) {
    if (!draft) return;
    move(at);
    const box = boxBetween(draft.from, draft.to, 1);
    draft = null;
    if (box) ask({ boxes: [box], chosen: 0 });
    frame.request();
  }
  const cancel = () => {
    draft = null;
    frame.request();
  };
  function key(event) {
    const control = event.ctrlKey || event.metaKey,
      name = event.key.toLowerCase(),
      tool = KEYS[name];
    if (control && (name === "y" || (name === "z" && event.shiftKey))) redo();
    else if (control && name === "z") undo();
    else if (control) return false;
    else if ((name === "0" || name === "1") && tools.includes("point")) tell({ label: Number(name) });
    else if (name === "n") takeNext();
    else if (tool && tools.includes(tool)) tell({ tool });
    else return false;
    return true;
  }
  const sheet = new Sheet({
    size: () => get("size"),
    signal,
    label: tools.some((tool) => tool === "point" || tool === "box")
      ? "The picture: arrow keys move the cross, Enter clicks or sets a corner of a box, 1 and 0 say on it or beside it, N takes the suggested click"
      : "The picture: arrow keys move the cross",
    onDown: down,
    onMove: move,
    onUp: up,
    onCancel: cancel,
    onKey: key,
    onFrame: () => frame.request(),
  });

  // ---- the example: strokes
  let stroke = null;
  const paper = hasExample
    ? new Sheet({
        size: () => get("example_size"),
        longest: 256,
        signal,
        label: "The example: arrow keys move the cross, Enter puts the brush down and lifts it",
        onDown: (at) => {
          if (!kernel || !exampleImage) return "done";
          const label = hand === "paint" ? 1 : -1;
          stroke = { label, width: get("brush"), points: [inside(at, get("example_size"))] };
          paintStroke(marked, get("example_size"), stroke.points, stroke.width, label);
          paint();
          return "";
        },
        onMove: (at) => {
          if (!stroke) return frame.request();
          if (addPlace(stroke.points, inside(at, get("example_size")), stroke.width))
            paintStroke(marked, get("example_size"), stroke.points.slice(-2), stroke.width, stroke.label);
          return paint();
        },
        onUp: () => {
          if (!stroke) return;
          const made = stroke;
          stroke = null;
          ask({ scribbles: [...get("scribbles"), made] });
        },
        onCancel: () => {
          stroke = null;
          markedOf = null;
          frame.request();
        },
        onKey: (event) => {
          if (event.ctrlKey || event.metaKey) return key(event);
          if (event.key !== "[" && event.key !== "]") return key(event);
          tell({ brush: Math.min(60, Math.max(1, get("brush") + (event.key === "]" ? 2 : -2))) });
          return true;
        },
        onFrame: () => frame.request(),
      })
    : null;

  // ---- the page
  const answersNode = element("fieldset", { class: "segtutor-answers" }, element("legend", {}, "Answers")),
    group = `answers-${Math.random().toString(36).slice(2)}`;
  const thumbs = [0, 1, 2].map((n) => {
    const canvas = element("canvas", { class: "segtutor-canvas", "aria-hidden": "true" }),
      text = element("span", {}),
      input = ownKeys(
        element("input", { type: "radio", name: group, value: n, "aria-label": `Answer ${n + 1}` }),
        signal,
      ),
      said = document.createTextNode("");
    input.addEventListener("change", () => tell({ chosen: n }), { signal });
    text.append(input, element("b", {}, said));
    return { node: element("label", {}, canvas, text), canvas, input, said };
  });
  answersNode.append(...thumbs.map(({ node }) => node));
  const panel = new AskingPanel(
    {
      signal,
      tools,
      words: get("words"),
      onTool: (tool) => tell({ tool }),
      onLabel: (label) => tell({ label }),
      onText: (text) => text.trim() !== get("text") && ask({ text: text.trim() }),
      onBrush: (brush) => tell({ brush }),
      onHand: (value) => {
        hand = value;
        frame.request();
      },
      onUndo: undo,
      onRedo: redo,
      onClear: () => step(NONE),
      onLevel: (level) => tell({ level }),
      onNext: takeNext,
    },
    paper?.node,
    answersNode,
  );
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-painting segtutor-asking" },
      element("div", { class: "segtutor-left" }, sheet.node),
      element("div", { class: "segtutor-right" }, panel.node, panel.told),
      spoken,
    ),
  );

  // ---- one frame
  function update() {
    const now = prompts(),
      answers = get("answers");
    history.push(now);
    if (!image) return;
    if (shownMasks !== get("masks")) {
      shownMasks = get("masks");
      masks = unpackMasks(bytesOf(shownMasks), answers.scores.length, image.length / 4);
      drawn = "";
    }
    const chosen = masks.length > 1 ? Math.min(now.chosen, masks.length - 1) : 0;
    if (drawn !== `${chosen}`) draw(chosen);
    const current = answers.kind === "" || !waiting;
    const said = {
      refused: answers.said ?? "",
      found: waiting ? `Asking ${get("model_name")} …` : answerInWords(get("model_name"), answers, chosen, now),
      true: current ? truthInWords(answers, chosen) : "",
      next: current ? nextInWords(answers.next) : "",
    };
    panel.show({
      tool: get("tool"),
      label: get("label"),
      text: get("text"),
      brush: get("brush"),
      level: get("level"),
      hand,
      undo: history.past.length,
      redo: history.future.length,
      any: now.points.length + now.boxes.length + now.scribbles.length + now.text.length,
      answers,
      said,
      mayBeBeside: begun(),
      kernel,
    });
    write(answers, chosen, said);
    sheet.mark({
      points: now.points,
      box: now.boxes.at(-1),
      draft: draft && boxOf(draft),
      next: current && answers.next ? { x: answers.next[0], y: answers.next[1], label: answers.next[2] } : null,
    });
    if (paper && exampleImage) {
      if (markedOf !== now.scribbles && !stroke) {
        markedOf = now.scribbles;
        marked = paintPrompts(get("example_size"), now.scribbles, []);
        paint();
      }
      paper.mark({ brush: paper.hover && get("tool") === "example" ? { at: paper.hover, width: get("brush") } : null });
    }
    announce.request();
  }
  const boxOf = ({ from, to }) => ({
    x0: Math.min(from[0], to[0]),
    y0: Math.min(from[1], to[1]),
    x1: Math.max(from[0], to[0]),
    y1: Math.max(from[1], to[1]),
  });

  function draw(chosen) {
    const size = get("size"),
      color = get("color");
    paintMasked(sheet.out, sheet.scale, size, image, masks[chosen] ?? null, color);
    sheet.show();
    if (drawn === "" && masks.length > 1)
      masks.forEach((mask, n) => {
        const { canvas } = thumbs[n],
          context = canvas.getContext("2d");
        const pixels = context.createImageData(size[1], size[0]);
        paintMasked(new Uint32Array(pixels.data.buffer), 1, size, image, mask, color);
        context.putImageData(pixels, 0, 0);
      });
    drawn = `${chosen}`;
  }

  function write({ scores, areas, ious = [] }, chosen, said) {
    answersNode.hidden = masks.length < 2;
    if (masks.length > 1)
      thumbs.forEach(({ node, input, said: text }, n) => {
        node.hidden = n >= masks.length;
        if (node.hidden) return;
        input.checked = n === chosen;
        const truly = ious[n] === null || ious[n] === undefined ? "" : `, true ${ious[n].toFixed(2)}`;
        const line = `IoU predicted ${scores[n].toFixed(2)}${truly}`;
        if (text.data !== line) text.data = line;
        input.setAttribute("aria-label", `Answer ${n + 1}: ${line}, ${(100 * areas[n]).toFixed(1)} % of the picture`);
      });
    sheet.canvas.setAttribute("aria-label", `The picture${masks.length ? " under the mask" : ""}. ${said.found}`);
  }

  /** The example with what is marked on it. */
  function paint() {
    const ones = Uint8Array.from(marked, (label) => (label === 1 ? 1 : 0));
    paintMasked(paper.out, paper.scale, get("example_size"), exampleImage, ones, get("color"));
    paper.show();
    const share = ones.reduce((sum, one) => sum + one, 0) / ones.length;
    paper.canvas.setAttribute("aria-label", `The example, ${(100 * share).toFixed(1)} % of it painted`);
    frame.request();
  }

  const announce = whenQuiet(() => {
    const at = sheet.cross ?? paper?.cross;
    const here = at ? `Column ${Math.floor(at[0])}, row ${Math.floor(at[1])}. ` : "";
    setText(spoken, [here + panel.found.textContent, panel.true.textContent, panel.next.textContent].join(" ").trim());
  }, 600);
  const frame = frameScheduler(update);

  /** Another picture has come, with its size: nothing of the old one stays. */
  function load() {
    const picture = get("picture"),
      size = get("size");
    if (picture === taken) return;
    [taken, image, draft] = [picture, null, null];
    decodePicture(bytesOf(picture), size).then((pixels) => {
      if (signal.aborted || get("picture") !== picture) return;
      sheet.take(size);
      for (const { canvas } of thumbs) [canvas.height, canvas.width] = size;
      [image, shownMasks, drawn] = [pixels, null, ""];
      history.restart(prompts());
      update();
    });
  }
  life.on([...STATE, ...OTHERS], frame.request);
  life.on("answers", () => {
    waiting = false;
    frame.request();
  });
  life.on("words", () => panel.propose(get("words")));
  life.on("picture", () => queueMicrotask(load)); // its size comes in the same message
  load();
  if (paper)
    decodePicture(bytesOf(get("example_picture")), get("example_size")).then((pixels) => {
      if (signal.aborted) return;
      paper.take(get("example_size"));
      exampleImage = pixels;
      paintPicture(paper.out, paper.scale, get("example_size"), pixels);
      paper.show();
      frame.request();
    });
  life.also(sheet, frame, announce, ...(paper ? [paper] : []));
}

export default { render: living(render) };
