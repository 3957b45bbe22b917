// @ts-check
/** Explainer in a notebook: the view of view.js, networks in the kernel, and all that is looked at in traits. */
import { frame } from "./frame.js";
import { THRESHOLDS, explainerView, partsOf } from "./view.js";
import { namedArrays } from "./weights.js";
import { Cutouts } from "../shared/scene/compose.js";
import { kernelAnswerer } from "../shared/scene/kernel.js";
import { bytesOf, floatsOf, setText, whenQuiet } from "../shared/canvas.js";
import { living } from "../shared/lifetime.js";
import { Turns, alike } from "../shared/turns.js";
import { tr, trLater } from "../shared/words.js";

const TRAIT = Object.fromEntries(THRESHOLDS.map(([name, ours]) => [ours, `${name}_threshold`])),
  PLAIN = ["query", "layer", "box", "step", "masked", "without"];
const RUNNING = trLater("Both networks run in the kernel; from a change to all boxes {ms} ms.");

/** Halves as Python packs them -> float32. @param {Uint16Array} codes */
export function floatsOfHalves(codes) {
  const out = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i],
      exponent = (code >> 10) & 31,
      part = code & 1023;
    const size = exponent ? 2 ** (exponent - 25) * (1024 + part) : part * 2 ** -24;
    out[i] = code & 0x8000 ? -size : size;
  }
  return out;
}

/**
 * What Python told of the networks: {tensors} for each, with {ids, segments} for the one that classifies pixels.
 * @param {Record<string, any>} told
 */
function answersOf({ networks, segments }, floats, ids) {
  const answers = networks.map((places, n) => ({ tensors: namedArrays(places, floats[n].buffer) }));
  Object.assign(answers[0], { ids, segments });
  return answers;
}

const rgba = (rgb) => {
  const image = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let i = 0, j = 0; j < rgb.length; i += 4) for (let c = 0; c < 3; c++) image[i + c] = rgb[j++];
  return image;
};
const rgb = (image) => {
  const bytes = new Uint8Array((image.length / 4) * 3);
  for (let i = 0, j = 0; i < image.length; i += 4) for (let c = 0; c < 3; c++) bytes[j++] = image[i + c];
  return bytes;
};

function render({ model, el, life }) {
  const root = frame(),
    parts = partsOf(root),
    facts = model.get("facts"),
    [H, W] = model.get("size"),
    turns = new Turns(model, facts),
    answerer = /** @type {Record<string, any>} */ (
      kernelAnswerer(model, life, (content, buffers) =>
        answersOf(content, [floatsOf(buffers[0]), floatsOf(buffers[1])], bytesOf(buffers[2])),
      )
    );
  if (!answerer.available) {
    answerer.never = true;
    answerer.why = tr("The networks answer in a running notebook; what they said last is shown.");
  }
  // A control's own keys: JupyterLab looks for the attribute at what has the focus, and listens further out
  root.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement) target.dataset.lmSuppressShortcuts = "";
  });
  root.addEventListener("keydown", (event) => event.stopPropagation());
  el.append(root);

  const shares = ([x, y]) => [(x + 0.5) / W, (y + 0.5) / H],
    pixels = ([x, y]) => [Math.floor(x * W), Math.floor(y * H)];
  const view = { pixel: shares(model.get("pixel")) };
  for (const name of PLAIN) view[name] = model.get(name);
  const thresholds = Object.fromEntries(Object.entries(TRAIT).map(([ours, name]) => [ours, model.get(name)]));
  const settle = whenQuiet(() => (shown.pending() ? settle.request() : turns.save()), 150);
  const classes = model.get("classes").map((one) => ({ ...one, name: tr(one.name) }));
  let photo = null; // the trait whose picture is shown
  const cutouts = new Cutouts(W * model.get("ground").oversampling);
  const shown = explainerView({
    parts,
    facts: { ...facts, state: { size: model.get("size"), classes, models: model.get("models") } },
    weights: namedArrays(facts.weights, bytesOf(model.get("weights")).buffer),
    cutouts,
    answerer,
    view,
    thresholds,
    signal: life.signal,
    title: tr("The Segmentation Explainer"),
    running: RUNNING,
    say: (changes) => {
      turns.say(Object.fromEntries(Object.entries(changes).map(said)));
      settle.request();
    },
    words: () => tr("A ToyTown scene of {n} things.", { n: model.get("things").length }),
    stem: () => "scene",
    place: () => facts.version,
    drawn: () => {
      root.dataset.drawn = String(Number(root.dataset.drawn ?? 0) + 1);
    },
  });
  function said([name, value]) {
    if (name === "pixel") return [name, pixels(value)];
    if (name === "photo") {
      photo = new DataView(rgb(value).buffer);
      parts.back.hidden = false;
      return [name, photo];
    }
    return [TRAIT[name] ?? name, value];
  }

  // ---------------------------------------------------------------- what Python says
  function takeCutouts(/** @type {Record<string, any>} */ given) {
    const { index, bytes } = given ?? {};
    if (index) cutouts.add(index, bytesOf(bytes));
  }
  function start() {
    const ground = model.get("ground");
    photo = model.get("photo");
    takeCutouts(model.get("cutouts"));
    takeCutouts(model.get("more"));
    turns.restart(["things", "selected", "photo"]);
    const things = model.get("things");
    shown.begin(
      {
        ...ground,
        background: bytesOf(ground.background),
        stuff: bytesOf(ground.stuff),
        noise: floatsOf(ground.noise),
      },
      things,
      { selected: model.get("selected") },
    );
    if (photo?.byteLength) shown.show(rgba(bytesOf(photo)));
    parts.back.hidden = !photo?.byteLength;
    if (!answerer.available) recall();
  }
  /** What the networks said of the picture as it was when the page was made. */
  function recall() {
    const { networks, segments, halves = [], ids } = model.get("first") ?? {},
      { image, truth, serial } = shown.scene();
    if (!networks) return setText(parts.status, answerer.why);
    const floats = halves.map((one) => floatsOfHalves(new Uint16Array(bytesOf(one).buffer))),
      answers = answersOf({ networks, segments }, floats, bytesOf(ids));
    return shown.draw({ image, truth, serial, masked: view.masked, answers, ms: null });
  }
  /** Listens to a trait that both sides set. */
  const heard = (name, take) =>
    life.on(name, () => {
      if (turns.hear(name) === "echo") settle.request();
      else take(model.get(name));
    });
  for (const name of PLAIN) heard(name, (value) => !alike(value, view[name]) && shown.take({ [name]: value }));
  heard("pixel", (value) => String(value) !== String(shown.pixel()) && shown.take({ pixel: shares(value) }));
  for (const [ours, name] of Object.entries(TRAIT))
    heard(name, (value) => value !== thresholds[ours] && shown.take({ [ours]: value }));
  heard("things", (things) => !alike(things, shown.edited.things) && shown.edited.take({ things }));
  heard("selected", (selected) => selected !== shown.edited.selected && shown.edited.take({ selected }));
  heard("photo", (value) => {
    if (String(bytesOf(value)) !== String(bytesOf(photo))) start();
  });
  life.on("ground", start);
  life.on("more", () => {
    takeCutouts(model.get("more"));
    shown.edited.again();
  });

  parts.back.addEventListener("click", () => {
    turns.say({ photo: new DataView(new ArrayBuffer(0)) });
    settle.request();
    parts.own.focus();
  });
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    shown.takeFile(event.dataTransfer?.files[0]);
  });
  start();
  life.also(shown, settle);
}

export default { render: living(render) };
