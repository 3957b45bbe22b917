// @ts-check
/** The picture that is edited: things are picked and dragged by mouse and finger, and moved by keys. */
import { element, ownKeys } from "../canvas.js";
import { FIRST_THING } from "./compose.js";
import { tr } from "../words.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 2,
  FAR = 16; // canvas pixels: one and eight of the picture
const SLACK = 3; // pixels of the screen that a pointer moves before a click becomes a drag
const FINGER = 5; // pixels of the picture around a fingertip

/**
 * What a key does, for the picture and for the list of things alike.
 * @returns {boolean} whether the key was one of the editor's
 */
export function editByKey(event, act) {
  const { key } = event,
    arrow = ARROWS[key],
    control = event.ctrlKey || event.metaKey;
  if (event.altKey) return false;
  if (control) {
    if (key.toLowerCase() === "z") (event.shiftKey ? act.redo : act.undo)();
    else if (key.toLowerCase() === "y") act.redo();
    else return false;
    return true;
  }
  const far = event.shiftKey ? FAR : STEP;
  const actions = {
    "+": () => act.grow(1),
    "=": () => act.grow(1),
    "-": () => act.grow(-1),
    "[": () => act.reorder(-1),
    "]": () => act.reorder(1),
    Delete: act.remove,
    Backspace: act.remove,
    c: act.colour,
    p: act.pattern,
    n: () => act.next(1),
    b: () => act.next(-1),
    Escape: () => act.select(null),
  };
  const action = arrow ? () => act.move(far * arrow[0], far * arrow[1]) : actions[key];
  if (!action) return false;
  action();
  return true;
}

export class SceneStage {
  /**
   * @param {number} size side of the picture
   * @param {Record<string, any>} act what the editor can do: select(n | null), drag(n, x, y), scale(n, height), rest(), and editByKey's
   * @param {AbortSignal} signal
   */
  constructor(size, act, signal) {
    this.size = size;
    this.act = act;
    this.ids = null;
    this.things = [];
    this.held = null;
    this.canvas = element("canvas", { width: size, height: size, class: "segtutor-canvas segtutor-scene-picture" });
    this.context = this.canvas.getContext("2d");
    this.frame = element("div", { class: "segtutor-scene-frame", hidden: true });
    this.grip = element("div", { class: "segtutor-scene-grip", hidden: true, title: tr("Drag: larger or smaller") });
    this.stage = ownKeys(
      element(
        "div",
        { class: "segtutor-scene-stage", tabindex: 0, role: "application" },
        this.canvas,
        this.frame,
        this.grip,
      ),
      signal,
    );
    this.stage.addEventListener("keydown", (event) => editByKey(event, act) && event.preventDefault(), { signal });
    this.canvas.addEventListener("pointerdown", (event) => this._press(event), { signal });
    this.grip.addEventListener("pointerdown", (event) => this._grasp(event), { signal });
    for (const node of [this.canvas, this.grip]) {
      node.addEventListener("pointermove", (event) => this._move(event), { signal });
      for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
        node.addEventListener(end, () => this.letGo(), { signal });
    }
    // A finger on a thing drags it; beside one it scrolls the page.
    this.canvas.addEventListener(
      "touchstart",
      (event) => {
        const touch = event.touches[0];
        if (event.touches.length === 1 && this._thingAt(touch, true) !== null) event.preventDefault();
      },
      { signal, passive: false },
    );
    this.grip.addEventListener("touchstart", (event) => event.preventDefault(), { signal, passive: false });
  }

  /** image: RGBA; ids: segment ids; both are read until the next call. */
  show(image, ids, things) {
    this.context.putImageData(new ImageData(new Uint8ClampedArray(image), this.size, this.size), 0, 0);
    this.ids = ids;
    this.things = things;
  }

  /** box: {x, y, width, height} of the selected thing as shares of the picture, or null; label: what a screen reader says. */
  mark(box, label) {
    this.stage.setAttribute("aria-label", label);
    this.frame.hidden = this.grip.hidden = box === null;
    if (!box) return;
    const within = (share) => Math.min(1, Math.max(0, share)),
      [left, top, right, bottom] = [box.x, box.y, box.x + box.width, box.y + box.height].map(within);
    for (const [name, share] of [
      ["left", left],
      ["top", top],
      ["width", right - left],
      ["height", bottom - top],
    ])
      this.frame.style[name] = `${100 * Number(share)}%`;
    this.grip.style.left = `clamp(16px, ${100 * right}%, 100% - 16px)`; // half its size: a finger reaches all of it
    this.grip.style.top = `clamp(16px, ${100 * top}%, 100% - 16px)`;
  }

  /** A pointer's place as shares of the picture. */
  _place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }

  _thingAt(pointer, finger) {
    const { size, ids } = this,
      [px, py] = this._place(pointer).map((share) => Math.floor(share * size));
    const around = finger
      ? [[0, 0], ...[-1, 0, 1].flatMap((v) => [-1, 0, 1].map((u) => [u * FINGER, v * FINGER]))]
      : [[0, 0]];
    for (const [u, v] of around) {
      const x = px + u,
        y = py + v,
        id = x >= 0 && y >= 0 && x < size && y < size && ids ? ids[y * size + x] : 0;
      if (id >= FIRST_THING) return id - FIRST_THING;
    }
    return null;
  }

  _press(event) {
    if (event.button > 0) return;
    const which = this._thingAt(event, event.pointerType === "touch");
    this.act.select(which);
    if (which === null) return;
    const [x, y] = this._place(event),
      thing = this.things[which];
    this.held = { which, x: thing.x - x, y: thing.y - y, from: [event.clientX, event.clientY], moves: false };
    this.canvas.setPointerCapture?.(event.pointerId);
    this.stage.focus({ preventScroll: true });
    event.preventDefault();
  }

  _grasp(event) {
    const which = this.act.selected();
    if (event.button > 0 || which === null) return;
    const thing = this.things[which],
      [, y] = this._place(event);
    this.held = { which, height: thing.height, base: thing.y, reach: Math.max(0.02, thing.y - y), moves: true };
    this.grip.setPointerCapture?.(event.pointerId);
    event.preventDefault();
    event.stopPropagation();
  }

  _move(event) {
    const { held } = this,
      [x, y] = this._place(event);
    this.canvas.style.cursor = held ? "grabbing" : this._thingAt(event) === null ? "default" : "grab";
    if (!held) return;
    if (held.reach) return this.act.scale(held.which, (held.height * (held.base - y)) / held.reach);
    held.moves ||= Math.hypot(event.clientX - held.from[0], event.clientY - held.from[1]) > SLACK;
    if (held.moves) this.act.drag(held.which, x + held.x, y + held.y);
  }

  /** Ends a drag; its further moves do nothing. */
  letGo() {
    if (!this.held) return;
    this.held = null;
    this.act.rest();
  }
}
