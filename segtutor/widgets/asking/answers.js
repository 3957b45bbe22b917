// @ts-check
/** Up to three answers to one prompt, each a small picture, its scores and a button that takes it. */
import { element, newId, ownKeys } from "../shared/canvas.js";
import { tr } from "../shared/words.js";
import { paintMasked } from "./draw.js";
import { scoresInWords } from "./words.js";

const MOST = 3;

export class Answers {
  /** @param {{signal: AbortSignal, onChoose: (n: number) => void}} acts */
  constructor({ signal, onChoose }) {
    const group = newId();
    this.thumbs = Array.from({ length: MOST }, (_, n) => thumb(group, n, signal, onChoose));
    this.node = element(
      "fieldset",
      { class: "segtutor-answers" },
      element("legend", {}, tr("Answers")),
      ...this.thumbs.map(({ node }) => node),
    );
  }

  /** Another picture of H x W pixels. */
  take([H, W]) {
    for (const { canvas } of this.thumbs) [canvas.height, canvas.width] = [H, W];
  }

  /** Other masks. @param {Uint8Array[]} masks */
  draw(masks, size, image, color) {
    masks.forEach((mask, n) => {
      const context = this.thumbs[n].canvas.getContext("2d"),
        pixels = context.createImageData(size[1], size[0]);
      paintMasked(new Uint32Array(pixels.data.buffer), 1, size, image, mask, color);
      context.putImageData(pixels, 0, 0);
    });
  }

  /**
   * Their scores, and which is chosen; one answer alone needs no choice.
   *
   * @param {Record<string, any>} answers scores, areas, ious: a number for each
   * @param {number} count of the masks that have come
   * @param {number} chosen
   */
  show({ scores, areas, ious = [] }, count, chosen) {
    this.node.hidden = count < 2;
    if (count < 2) return;
    this.thumbs.forEach(({ node, input, said }, n) => {
      node.hidden = n >= count;
      if (node.hidden) return;
      input.checked = n === chosen;
      const line = scoresInWords(scores[n], ious[n]);
      if (said.data !== line) said.data = line;
      const share = (100 * areas[n]).toFixed(1);
      input.setAttribute(
        "aria-label",
        tr("Answer {n}: {scores}, {share} % of the picture", { n: n + 1, scores: line, share }),
      );
    });
  }
}

function thumb(group, n, signal, onChoose) {
  const canvas = element("canvas", { class: "segtutor-canvas", "aria-hidden": "true" }),
    said = document.createTextNode(""),
    label = tr("Answer {n}", { n: n + 1 }),
    input = ownKeys(element("input", { type: "radio", name: group, value: n, "aria-label": label }), signal);
  input.addEventListener("change", () => onChoose(n), { signal });
  const text = element("span", {}, input, element("b", {}, said));
  return { node: element("label", {}, canvas, text), canvas, input, said };
}
