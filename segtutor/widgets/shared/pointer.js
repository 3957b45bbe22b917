// @ts-check
/** Choosing a pixel of a picture by mouse, touch and keyboard, and drawing where it is. */
import { element, ownKeys } from "./canvas.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Wraps a canvas so that a pixel can be chosen on it.
 *
 * Mouse: moving looks, a click picks. Touch: a tap or a finger drawn across looks (a page still scrolls up and down).
 * Keyboard: arrows look one pixel further, with Shift ten; Enter or the space bar picks; Escape lets go.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{size: number[], label: string, current: () => number[] | null, onLook: (pixel: number[] | null) => void,
 *   onPick: (pixel: number[]) => void, signal: AbortSignal}} options pixels are [x, y]
 */
export function pixelPicker(canvas, { size: [H, W], label, current, onLook, onPick, signal }) {
  const node = ownKeys(
    element("div", { class: "segtutor-picker", tabindex: 0, role: "application", "aria-label": label }, canvas),
    signal,
  );
  const pixelAt = (event) => {
    const box = canvas.getBoundingClientRect(),
      edge = canvas.clientLeft; // the canvas has a frame of its own
    const x = Math.floor(((event.clientX - box.left - edge) / (box.width - 2 * edge)) * W);
    const y = Math.floor(((event.clientY - box.top - edge) / (box.height - 2 * edge)) * H);
    return [Math.min(W - 1, Math.max(0, x)), Math.min(H - 1, Math.max(0, y))];
  };
  canvas.addEventListener("pointermove", (event) => onLook(pixelAt(event)), { signal });
  canvas.addEventListener(
    "click",
    (event) => {
      const pixel = pixelAt(event);
      onLook(pixel);
      if (event.pointerType !== "touch") onPick(pixel);
    },
    { signal },
  );
  node.addEventListener(
    "keydown",
    (event) => {
      const step = STEPS[event.key],
        pixel = current();
      if (step && !event.altKey && !event.ctrlKey && !event.metaKey) {
        const far = event.shiftKey ? 10 : 1,
          [x, y] = pixel ?? [W >> 1, H >> 1];
        onLook(
          pixel
            ? [Math.min(W - 1, Math.max(0, x + far * step[0])), Math.min(H - 1, Math.max(0, y + far * step[1]))]
            : [x, y],
        );
      } else if (event.key === "Enter" || event.key === " ") {
        if (pixel) onPick(pixel);
      } else if (event.key === "Escape") {
        onLook(null);
      } else {
        return;
      }
      event.preventDefault();
    },
    { signal },
  );
  return node;
}

/** Four strokes around a pixel, white with a dark rim, the pixel itself left free. */
export function drawCross(context, scale, zoom, [x, y]) {
  const [cx, cy] = [(x + 0.5) * scale, (y + 0.5) * scale],
    gap = scale / 2 + 2 * zoom,
    far = gap + 14 * zoom;
  context.beginPath();
  for (const [dx, dy] of Object.values(STEPS)) {
    context.moveTo(cx + gap * dx, cy + gap * dy);
    context.lineTo(cx + far * dx, cy + far * dy);
  }
  context.lineCap = "butt";
  for (const [width, color] of [
    [4, "#000"],
    [2, "#fff"],
  ]) {
    context.lineWidth = Number(width) * zoom;
    context.strokeStyle = color;
    context.stroke();
  }
}

/** A numbered disc beside a pixel, which has a dot. */
export function drawPin(context, scale, zoom, [x, y], text) {
  const { width, height } = context.canvas,
    radius = 9 * zoom;
  const [cx, cy] = [(x + 0.5) * scale, (y + 0.5) * scale];
  const px = cx + 2.2 * radius > width ? cx - 1.4 * radius : cx + 1.4 * radius,
    py = cy < 2.2 * radius ? cy + 1.4 * radius : cy - 1.4 * radius;
  context.lineWidth = 1.5 * zoom;
  for (const [at, size, fill, stroke] of [
    [[cx, cy], 3 * zoom, "#fff", "#000"],
    [[px, py], radius, "#fff", "#000"],
  ]) {
    context.beginPath();
    context.arc(at[0], Math.min(at[1], height), size, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.strokeStyle = stroke;
    context.fill();
    context.stroke();
  }
  context.fillStyle = "#000";
  context.font = `600 ${12 * zoom}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, px, py + 0.5 * zoom);
}
