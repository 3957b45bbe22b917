// @ts-check
/**
 * The page of clicks and words: AskingCanvas' own view, and behind it, in place of Python, SAM and CLIPSeg in a worker.
 *
 * `say` of the view's traits is answered as AskingCanvas does in Python (widgets/asking/canvas.py): the newest question
 * is asked, then `masks` and `answers` are set.
 */
import { Asker, hasChoice, questionOf, tokensOf } from "./asker.js";
import { carried, followTheme, sayFailure } from "./carried.js";
import { makeModel, viewOf } from "./host.js";
import { maskIou, meaningsOf, meantOf, nextClick } from "./meanings.js";
import { inWords, startPorts, within } from "./ports.js";
import canvas from "../../widgets/asking/canvas.js";
import { NewestFirst } from "../../widgets/scene/loop.js";
import { decodePicture, bytesOf, setText } from "../../widgets/shared/canvas.js";
import { unpack } from "../../widgets/shared/unpack.js";

followTheme();

const { state, scenes, vocabulary, names } = JSON.parse(carried("facts"));
const status = document.getElementById("status"),
  choice = /** @type {HTMLSelectElement} */ (document.getElementById("scene")),
  size = state.size,
  [H, W] = size;
const NO_ANSWER = { kind: "", scores: [], areas: [], meanings: [], meant: null, ious: [], next: null, ms: 0, said: "" };
const ASKED = ["points", "boxes", "text", "chosen", "level"]; // the traits that a question is made of
const viewOfBytes = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Of masks, one after the other: one bit a pixel, each from a whole byte on, the first pixel the highest bit. */
function packedBits(masks) {
  const each = Math.ceil((H * W) / 8),
    bytes = new Uint8Array(each * masks.length);
  masks.forEach((mask, n) => {
    for (let i = 0; i < mask.length; i++) if (mask[i]) bytes[n * each + (i >> 3)] |= 128 >> (i & 7);
  });
  return viewOfBytes(bytes);
}

/** A scene's picture as PNG, and its truth: each region's bits, and the segment ids. */
async function sceneOf(n) {
  const { picture, regions, things } = scenes[n],
    bytes = await unpack(carried(`scene-${n}`, { once: false })),
    each = Math.ceil((H * W) / 8);
  const maskOf = (at) =>
    Uint8Array.from({ length: H * W }, (_, i) => (bytes[at * each + (i >> 3)] >> (7 - (i & 7))) & 1);
  const truth = {
    regions: regions.map(({ level, name }, at) => ({ level, name, mask: maskOf(at) })),
    ids: bytes.slice(regions.length * each),
    things,
  };
  return { picture: viewOf(picture), words: scenes[n].words, truth };
}

async function begin() {
  const began = performance.now();
  const program = new TextDecoder().decode(await unpack(carried("program"))),
    graphs = Object.fromEntries(["see", "click", "say"].map((name) => [name, carried(`graph-${name}`)]));
  let port,
    wasm,
    workers = true;
  const ready = startPorts(program, 1, async ([started]) => {
    setText(status, "The networks are being unpacked …");
    port = started;
    wasm ??= unpack(carried("wasm"));
    await within(port.ask({ load: { wasm: (await wasm).buffer, graphs } }));
  }).then((found) => {
    workers = found;
  });
  ready.catch(() => {}); // it is said below

  let scene = await sceneOf(0),
    picture = 0, // its number, so that no answer is about another one
    asker,
    encoded = ready.then(() => see()),
    asked = 0,
    warm = false;
  const { model, take } = makeModel(
    {
      ...state,
      picture: scene.picture,
      words: scene.words,
      masks: packedBits([]),
      answers: { ...NO_ANSWER, number: 0 },
    },
    { onSave: hear },
  );
  const traits = () => {
    const [points, boxes, text, chosen, level] = ASKED.map((name) => model.get(name));
    return { points, boxes, text, chosen, level };
  };

  /** Runs the encoders on the picture that is shown. */
  async function see() {
    const mine = picture,
      pixels = await decodePicture(bytesOf(model.get("picture")), size);
    asker = new Asker((prompts) => port.ask({ ask: { picture: mine, ...prompts } }), size, vocabulary);
    const { ms } = await port.ask({ see: { picture: mine, image: pixels, size } });
    if (!warm) {
      warm = true; // the first run of a graph takes several times as long as the next
      await asker.ask({ ...tokensOf({ points: [{ x: W / 2, y: H / 2, label: 1 }], box: null }, size), mask: null });
      await asker.ask({ numbers: [1] });
    }
    document.documentElement.dataset.ready = "";
    setText(status, `Both networks run in this page. The picture was encoded in ${ms.toFixed(0)} ms, once.`);
    return ms;
  }

  /** What the view told: the answerer's name at once, then the question. */
  function hear(changes) {
    if (!ASKED.some((name) => name in changes)) return;
    take("model_name", questionOf(traits()).kind === "text" ? names.text : names.click);
    loop.request(() => ({ ...traits(), picture }));
  }
  const loop = new NewestFirst(
    async (said) => {
      const question = questionOf(said);
      let answer, mask;
      try {
        await encoded;
      } catch (error) {
        return { question, said, problem: inWords(error) };
      }
      try {
        answer = await asker.answer(question);
        mask = await asker.mask(question);
      } catch (error) {
        return { question, said, problem: String(error?.message ?? error) };
      }
      return { question, said, answer, mask };
    },
    (told) => told.said.picture === picture && show(told),
    (error) => sayFailure(status, error),
  );

  function show({ question, said, answer, mask, problem }) {
    const { kind } = question,
      number = ++asked;
    if (problem !== undefined) {
      take("masks", packedBits([]));
      return take("answers", { ...NO_ANSWER, kind, said: problem, number });
    }
    const { masks, scores, ms } = answer,
      areas = masks.map((one) => one.reduce((sum, inside) => sum + inside, 0) / one.length),
      answers = { ...NO_ANSWER, kind, scores, areas, ms, ious: masks.map(() => null), number };
    const meanings = meaningsOf(question, scene.truth, size, vocabulary);
    if (meanings.length) {
      const meant = meantOf(
          meanings.map(({ level }) => level),
          said.level,
        ),
        wanted = meanings[meant].mask;
      Object.assign(answers, {
        meanings: meanings.map(({ level, name, mask: one }) => ({
          level,
          name,
          area: one.reduce((sum, inside) => sum + inside, 0) / one.length,
        })),
        meant,
        ious: masks.map((one) => maskIou(one, wanted)),
        next: mask && kind !== "text" ? nextClick(wanted, mask, size) : null,
      });
    }
    take("masks", packedBits(masks));
    take("answers", answers);
    if (!kind || !ms) return;
    const how = hasChoice(question) ? "three answers" : "one answer";
    setText(
      status,
      `${model.get("model_name")} gave ${how} in ${ms.toFixed(1)} ms; the picture had been encoded before.`,
    );
  }

  choice.addEventListener("change", async () => {
    const n = choice.selectedIndex,
      next = await sceneOf(n);
    if (n !== choice.selectedIndex) return;
    [scene, picture] = [next, picture + 1];
    for (const [name, value] of Object.entries({ points: [], boxes: [], text: "", chosen: 0, level: "" }))
      take(name, value);
    take("masks", packedBits([]));
    take("answers", { ...NO_ANSWER, number: ++asked });
    take("words", scene.words);
    take("picture", scene.picture);
    setText(status, "The picture is being encoded …");
    encoded = encoded.then(see, see);
    encoded.catch((error) => sayFailure(status, error));
  });

  const el = document.getElementById("canvas");
  el.replaceChildren();
  canvas.render({ model, el });
  Object.assign(globalThis, { segtutorPage: { model, ask: (prompts) => asker.ask(prompts) } }); // for a look from the console
  try {
    await encoded;
    choice.disabled = false;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    setText(status, `${status.textContent} They were ready after ${seconds} s${workers ? "" : ", without a worker"}.`);
  } catch (error) {
    setText(status, inWords(error));
  }
}

begin().catch((error) => sayFailure(status, error));
