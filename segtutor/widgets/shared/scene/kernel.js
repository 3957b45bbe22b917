// @ts-check
/** The notebook's answerer and source of cutouts: they ask the kernel, raw bytes there and back. */
import { bytesOf } from "../canvas.js";
import { tr } from "../words.js";

const PATIENCE = 30000; // milliseconds: a kernel that was interrupted never answers

/**
 * @param {Record<string, any>} model the widget's model
 * @param {import("../lifetime.js").Lifetime} life of the view
 * @param {(content: Record<string, any>, buffers: any[], pixels: number) => Record<string, any>[]} [read] an answer from Python's words
 * @returns {{available: boolean, makes: boolean, why: string, answer: (question: Record<string, any>) => Promise<Record<string, any>[]>,
 *   cutouts: (things: Record<string, any>[], ladder: boolean) => void, onCutouts: (take: (index, bytes) => void) => void}}
 */
export function kernelAnswerer(model, life, read = answersOf) {
  const waiting = new Map();
  /** @type {(index: Record<string, any>[], bytes: Uint8Array) => void} */
  let take = () => {};
  const view = Math.random().toString(36).slice(2); // two views of one widget hear each other's answers
  const hear = (content, buffers) => {
    if (content.cutouts) return take(content.cutouts, bytesOf(buffers[0]));
    const asked = waiting.get(content.answer);
    if (!asked) return undefined;
    waiting.delete(content.answer);
    clearTimeout(asked.timer);
    if (content.problem) return asked.reject(new Error(content.problem));
    return asked.resolve(read(content, buffers, asked.pixels));
  };
  life.on("msg:custom", hear);
  life.also(() => {
    for (const { timer } of waiting.values()) clearTimeout(timer);
    waiting.clear();
  });
  let serial = 0;
  return {
    available: model.kernel !== false,
    makes: model.kernel !== false, // cutouts of things that are not there yet
    why: tr("The networks answer in a running notebook; scene and truth work here."),
    answer: ({ image, size, masked }) =>
      new Promise((resolve, reject) => {
        const number = `${view} ${++serial}`,
          pixels = size * size,
          rgb = new Uint8Array(3 * pixels);
        for (let i = 0, j = 0; i < image.length; i += 4) {
          rgb[j++] = image[i];
          rgb[j++] = image[i + 1];
          rgb[j++] = image[i + 2];
        }
        const timer = setTimeout(() => {
          waiting.delete(number);
          reject(
            new Error(tr("the kernel has said nothing for {n} seconds; is a cell running?", { n: PATIENCE / 1000 })),
          );
        }, PATIENCE);
        waiting.set(number, { resolve, reject, pixels, timer });
        model.send({ ask: "answer", number, masked }, undefined, [rgb.buffer]);
      }),
    cutouts: (things, ladder) => model.kernel !== false && model.send({ ask: "cutouts", things, ladder }),
    onCutouts: (action) => (take = action),
  };
}

/** One answer for each network: {ids: H * W numbers, segments}. */
function answersOf({ segments: found }, buffers, pixels) {
  const ids = bytesOf(buffers[0]);
  return found.map((segments, n) => ({ ids: ids.subarray(n * pixels, (n + 1) * pixels), segments }));
}
