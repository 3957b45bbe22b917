// @ts-check
/**
 * What every canvas widget needs: bytes from Python, elements, sliders that work in a notebook, one drawing a frame.
 * Nothing here knows about segmentation.
 */
import { decodePng } from "./png.js";

/** The bytes of a traitlets.Bytes: Jupyter hands over a DataView that may start anywhere, so they are copied. */
export function bytesOf(view) {
  return new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength).slice();
}

/** A float32 array from Python's `float_bytes`. */
export function floatsOf(view) {
  return new Float32Array(bytesOf(view).buffer);
}

/** The RGBA pixels of a PNG, H * W * 4 bytes. */
export async function decodePicture(png, [height, width]) {
  const pixels = decodePng(png, [height, width]);
  if (pixels) return pixels;
  const bitmap = await createImageBitmap(new Blob([png], { type: "image/png" }));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height).data;
}

/** Creates an element: element("p", { class: "note", role: "status" }, "text", child). */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Writes text only where it changed: an unchanged row costs no layout, and a screen reader stays silent. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Keeps a notebook's shortcuts away from a control that has the focus. Without it JupyterLab takes the arrow keys of
 * a slider (stopPropagation helps there), and Notebook 7 does too (only the attribute helps, on the element itself).
 */
export function ownKeys(control, signal) {
  control.dataset.lmSuppressShortcuts = "";
  control.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  return control;
}

// Ids must differ between all widgets of a page, and each widget runs a copy of this module of its own.
const PREFIX = `segtutor-${Math.random().toString(36).slice(2)}`;
let serial = 0;
/** An id that no other element of the page has. */
export const newId = () => `${PREFIX}-${++serial}`;

/**
 * A labelled slider, from 0 to 1 in steps of 0.01 unless told otherwise; `write` makes the number beside it.
 *
 * The value shown may have more digits than the slider's steps (when Python set it): the number beside it is the truth.
 * @returns {{node: HTMLElement, input: HTMLInputElement, show: (value: number, meaning: string) => void}}
 */
export function slider({ label, hint, onInput, signal, min = 0, max = 1, step = 0.01, write = twoDigits }) {
  const id = newId();
  const input = ownKeys(
    element("input", { type: "range", id, min, max, step, "aria-describedby": `${id}-hint` }),
    signal,
  );
  const number = element("output", { for: id, class: "segtutor-number" });
  input.addEventListener("input", () => onInput(Number(input.value)), { signal });
  const node = element(
    "div",
    { class: "segtutor-slider" },
    element("label", { for: id }, label),
    number,
    input,
    element("small", { id: `${id}-hint` }, hint),
  );
  const show = (value, meaning) => {
    if (Number(input.value) !== value) input.value = value;
    setText(number, write(value));
    const text = `${number.textContent}, ${meaning}`;
    if (input.getAttribute("aria-valuetext") !== text) input.setAttribute("aria-valuetext", text);
  };
  return { node, input, show };
}

const twoDigits = (value) => (Number(value.toFixed(2)) === value ? value.toFixed(2) : String(value));

/** A button with words on it. @param {Record<string, any>} attributes what else it has, such as a title */
export function button(text, action, signal, attributes = {}) {
  const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
  node.addEventListener("click", action, { signal });
  return node;
}

/** A set of radio buttons; choices are {value: text}. */
export function choice({ legend, choices, selected, onChange, signal }) {
  const name = newId();
  const labels = Object.entries(choices).map(([value, text]) => {
    const input = ownKeys(element("input", { type: "radio", name, value, checked: value === selected }), signal);
    input.addEventListener("change", () => onChange(value), { signal });
    return element("label", {}, input, text);
  });
  return element("fieldset", { class: "segtutor-choice" }, element("legend", {}, legend), ...labels);
}

/** Marks the radio button of a value; none where there is no such value. @param {HTMLElement} group of `choice` */
export function check(group, value) {
  for (const input of group.querySelectorAll("input")) input.checked = input.value === value;
}

/**
 * Canvas pixels for each pixel of the screen, in quarters: how much larger names and marks are drawn to keep their size.
 * @param {number} shown the canvas's width on the screen; 0: it is not shown yet
 */
export const zoomOf = (canvas, shown, least = 1) =>
  Math.min(2.5, Math.max(least, Math.round((4 * canvas.width) / (shown || canvas.width)) / 4));

/** Calls `draw` at most once a frame however often it is asked; `cancel` forgets a pending call. */
export function frameScheduler(draw) {
  let pending = 0;
  const run = () => {
    pending = 0;
    draw();
  };
  return {
    request: () => (pending ||= requestAnimationFrame(run)),
    cancel: () => {
      cancelAnimationFrame(pending);
      pending = 0;
    },
  };
}

/** Calls `action` once things have been quiet for `delay` milliseconds; `cancel` forgets a pending call. */
export function whenQuiet(action, delay) {
  let timer = 0;
  return {
    request: () => {
      clearTimeout(timer);
      timer = setTimeout(action, delay);
    },
    cancel: () => clearTimeout(timer),
  };
}
