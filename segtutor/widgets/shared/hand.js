// @ts-check
/** Mouse, pen, finger and keyboard as one hand: down, move, up at places of the picture. */
import { element, ownKeys } from "./canvas.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Wraps the canvases so that one can paint on them. Places are [x, y] in pixels of the picture, inside it.
 *
 * Pointer: the first one paints, a second finger does nothing. Keyboard: arrows move the cross by a pixel, with Shift
 * by ten; Enter or the space bar puts the pen down, and again lifts it; Escape gives up what is under way. Other keys
 * go to `onKey`, which says whether it took them.
 *
 * @param {HTMLCanvasElement[]} canvases the first has the size of the picture on the screen
 * @param {{size: () => number[], label: string, onDown: Function, onMove: Function, onUp: Function, onCancel: Function,
 *   onHover: Function, onCross: Function, onKey: Function, signal: AbortSignal}} hand
 */
export function painterHand(
  canvases,
  { size, label, onDown, onMove, onUp, onCancel, onHover, onCross, onKey, signal },
) {
  const [canvas] = canvases,
    node = ownKeys(
      element("div", { class: "segtutor-sheet", tabindex: 0, role: "application", "aria-label": label }, ...canvases),
      signal,
    );
  let pointer = null,
    cross = null,
    pen = false;

  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect(),
      [H, W] = size();
    const x = ((event.clientX - box.left) / box.width) * W,
      y = ((event.clientY - box.top) / box.height) * H;
    return [Math.min(W, Math.max(0, x)), Math.min(H, Math.max(0, y))];
  };
  const on = (name, act) => node.addEventListener(name, act, { signal });
  const lift = () => {
    pen = false;
    pointer = null;
  };

  on("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    if (pen) onCancel();
    lift();
    pointer = event.pointerId;
    try {
      node.setPointerCapture(pointer); // a line may leave the picture and come back
    } catch {
      // a pointer that a script made up cannot be captured
    }
    onCross((cross = null));
    node.focus({ preventScroll: true });
    event.preventDefault();
    onDown(placeOf(event));
  });
  on("pointermove", (event) => {
    if (event.pointerId === pointer)
      for (const one of event.getCoalescedEvents?.().slice(0, -1) ?? []) onMove(placeOf(one));
    if (event.pointerId === pointer) onMove(placeOf(event));
    else if (pointer === null && event.pointerType !== "touch") onHover(placeOf(event));
  });
  on("pointerup", (event) => {
    if (event.pointerId !== pointer) return;
    lift();
    onUp(placeOf(event));
    if (event.pointerType === "touch") onHover(null);
  });
  on("pointercancel", (event) => {
    if (event.pointerId !== pointer) return;
    lift();
    onCancel();
  });
  on("pointerleave", () => pointer === null && onHover(null));
  on("blur", () => {
    if (pen) onCancel();
    if (pen) lift();
    onCross((cross = null));
  });
  on("keydown", (event) => {
    if (event.altKey) return;
    const step = !event.ctrlKey && !event.metaKey && STEPS[event.key],
      [H, W] = size();
    if (step) {
      const far = event.shiftKey ? 10 : 1;
      cross = cross
        ? [
            Math.min(W - 0.5, Math.max(0.5, cross[0] + far * step[0])),
            Math.min(H - 0.5, Math.max(0.5, cross[1] + far * step[1])),
          ]
        : [Math.floor(W / 2) + 0.5, Math.floor(H / 2) + 0.5];
      if (pen) onMove(cross);
      onCross(cross);
    } else if (event.key === "Enter" || event.key === " ") {
      if (!cross) onCross((cross = [Math.floor(W / 2) + 0.5, Math.floor(H / 2) + 0.5]));
      else if (pointer === null) {
        pen = !pen;
        if (pen && onDown(cross) === "done") pen = false;
        else if (!pen) onUp(cross);
      }
    } else if (event.key === "Escape") {
      lift();
      onCancel();
      onCross((cross = null));
    } else if (!onKey(event)) {
      return;
    }
    event.preventDefault();
  });
  return node;
}
