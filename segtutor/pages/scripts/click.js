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
import { NewestFirst } from "../../widgets/shared/loop.js";
import { readPhoto } from "../../widgets/explainer/photo.js";
import { decodePicture, bytesOf, element, setText } from "../../widgets/shared/canvas.js";
import { unpack } from "../../widgets/shared/unpack.js";

followTheme();

const { state, scenes, vocabulary, names } = JSON.parse(carried("facts"));
const status = document.getElementById("status"),
  choice = /** @type {HTMLSelectElement} */ (document.getElementById("picture")),
  own = /** @type {HTMLInputElement} */ (document.getElementById("own")),
  ownSays = document.getElementById("own-says"),
  size = state.size,
  [H, W] = size;
const NO_ANSWER = { kind: "", scores: [], areas: [], meanings: [], meant: null, ious: [], next: null, ms: 0, said: "" };
const OWN =
  "Both networks have seen drawn scenes alone, so on a photograph they often fail, and a high predicted IoU proves " +
  "nothing there. Nobody has said what is true of this picture: no true IoU, and no next click is proposed.";
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

/**
 * @typedef {{picture: DataView, words: string[], truth: {regions: any[], ids: Uint8Array, things: any[]} | null, says: string}}
 *   Shown a PNG, phrases to propose, what is true of it if that is known, and what has to be said of it
 */

/** A scene, with its truth: each region's bits, and the segment ids. @returns {Promise<Shown>} */
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
  return { picture: viewOf(picture), words: scenes[n].words, truth, says: "" };
}

/** A person's own picture, of which nothing is known. @returns {Promise<Shown>} rejects with what to do, in a sentence */
async function photoOf(/** @type {File} */ file) {
  const { image, says } = await readPhoto(file, W),
    canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [W, H];
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(image), W, H), 0, 0);
  const png = await new Promise((done) => canvas.toBlob(done, "image/png"));
  return { picture: new DataView(await png.arrayBuffer()), words: [], truth: null, says: `${says} ${OWN}` };
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
    const meanings = scene.truth ? meaningsOf(question, scene.truth, size, vocabulary) : [];
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

  /** Puts another picture there; the questions about the one before it are forgotten. */
  function put(/** @type {Shown} */ next) {
    [scene, picture] = [next, picture + 1];
    for (const [name, value] of Object.entries({ points: [], boxes: [], text: "", chosen: 0, level: "" }))
      take(name, value);
    take("masks", packedBits([]));
    take("answers", { ...NO_ANSWER, number: ++asked });
    take("words", scene.words);
    take("picture", scene.picture);
    setText(ownSays, scene.says);
    setText(status, "The picture is being encoded …");
    encoded = encoded.then(see, see);
    encoded.catch((error) => sayFailure(status, error));
  }

  /** @type {Shown | null} */
  let photo = null;
  let turn = 0; // of what was chosen last
  choice.addEventListener("change", async () => {
    const mine = ++turn,
      n = choice.selectedIndex,
      next = n < scenes.length ? await sceneOf(n) : photo;
    if (mine !== turn || !next) return;
    own.value = "";
    put(next);
  });
  async function takeFile(/** @type {File | undefined} */ file) {
    if (!file) return;
    const mine = ++turn;
    try {
      const next = await photoOf(file);
      if (mine !== turn) return; // another one was chosen meanwhile
      if (!photo) choice.append(element("option", {}, "your own picture"));
      photo = next;
      choice.selectedIndex = scenes.length;
      put(next);
    } catch (error) {
      if (mine === turn) setText(ownSays, `${error.message}.`);
    }
  }
  own.addEventListener("change", () => takeFile(own.files[0]));
  // A file may be dropped anywhere: else a browser leaves the page and shows the file instead
  const over = document.documentElement.classList;
  const hasFile = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    over.toggle("dropping", !own.disabled);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    over.remove("dropping");
    if (!hasFile(event)) return;
    event.preventDefault();
    if (!own.disabled) takeFile(event.dataTransfer.files[0]);
  });

  const el = document.getElementById("canvas");
  el.replaceChildren();
  canvas.render({ model, el });
  Object.assign(globalThis, { segtutorPage: { model, ask: (prompts) => asker.ask(prompts) } }); // for a look from the console
  try {
    await encoded;
    choice.disabled = own.disabled = false;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    setText(status, `${status.textContent} They were ready after ${seconds} s${workers ? "" : ", without a worker"}.`);
  } catch (error) {
    setText(status, inWords(error));
  }
}

begin().catch((error) => sayFailure(status, error));
