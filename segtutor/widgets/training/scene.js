// @ts-check
/** The picture beside TrainingView's curves: the prediction after a step, the truth, or the scene itself. */
import { bytesOf, choice, decodePicture, element, setText } from "../shared/canvas.js";
import { labelPlaces, paintPicture, paintSegments, writeNames } from "../shared/draw.js";
import { tr } from "../shared/words.js";
import { sceneInWords } from "./words.js";

export class ScenePane {
  /** @param {{model: any, signal: AbortSignal, onChange: () => void}} view onChange: it can be drawn, or shall be otherwise */
  constructor({ model, signal, onChange }) {
    this.model = model;
    this.signal = signal;
    this.onChange = onChange;
    this.image = null; // RGBA, once it is decoded
    this.maps = new Map(); // step: ids of a prediction, null while it is decoded
    this.era = 0; // counts the trainings: what was decoded for one is not shown in the next
    this.painted = "";
    this.view = "prediction"; // what is shown: "prediction", "truth" or "picture"
    this.zoom = 1;
    this.canvas = element("canvas", { width: 256, height: 16, role: "img", class: "segtutor-canvas", hidden: true });
    this.context = this.canvas.getContext("2d");
    this.detail = element("p", { class: "segtutor-detail" });
    this.views = choice({
      legend: tr("Show"),
      selected: this.view,
      signal,
      choices: { prediction: tr("prediction"), truth: tr("truth"), picture: tr("picture") },
      onChange: (view) => {
        this.view = view;
        onChange();
      },
    });
    this.node = element("div", { class: "segtutor-left" }, this.canvas, this.detail, this.views);
  }

  /** Predictions that have come are decoded at once, so that looking back finds them there. */
  async take() {
    const { model, maps } = this,
      scenes = model.get("scenes"),
      steps = new Set(scenes.map(({ step }) => step));
    for (const step of maps.keys()) if (!steps.has(step)) maps.delete(step);
    if (!scenes.length) [this.image, this.painted, this.era] = [null, "", this.era + 1];
    const { era } = this,
      over = () => this.signal.aborted || this.era !== era;
    if (scenes.length && !this.image) {
      const image = await decodePicture(bytesOf(model.get("picture")), model.get("size"));
      if (over()) return;
      this._takeImage(image);
    }
    for (const { step, ids } of scenes) {
      if (maps.has(step)) continue;
      maps.set(step, null);
      const rgba = await decodePicture(bytesOf(ids), model.get("size"));
      if (over()) return;
      if (maps.has(step))
        maps.set(
          step,
          Int32Array.from({ length: rgba.length / 4 }, (_, i) => rgba[4 * i] + 256 * rgba[4 * i + 1]),
        );
    }
    this.onChange();
  }

  _takeImage(image) {
    const [H, W] = this.model.get("size"),
      scale = Math.max(1, Math.floor(384 / Math.max(H, W)));
    this.scale = scale;
    [this.canvas.width, this.canvas.height] = [W * scale, H * scale];
    this.canvas.style.width = `${W * scale}px`;
    this.pixels = this.context.createImageData(W * scale, H * scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.image = image;
  }

  /** What there was at a step: the last prediction before it; null: the newest. */
  show(step) {
    const { model, image, canvas } = this,
      scenes = model.get("scenes"),
      scene = scenes.filter((one) => step === null || one.step <= step).at(-1) ?? null;
    canvas.hidden = this.views.hidden = !image;
    if (!image) {
      setText(this.detail, scenes.length ? "" : tr("No scene yet: st.fit shows it every scene_every steps."));
      return;
    }
    setText(this.detail, scene ? sceneInWords(scene) : tr("No prediction before step {step}.", { step }));
    const isTruth = this.view === "truth",
      segments = isTruth ? model.get("truth_segments") : scene?.segments,
      ids = isTruth ? this._truth() : this.maps.get(scene?.step),
      bare = this.view === "picture" || !ids;
    this._describe(bare, scene, segments);
    const wanted = bare ? "picture" : `${this.view} ${scene?.step} ${this.zoom}`;
    if (wanted === this.painted || (!ids && this.view === "prediction" && scene)) return; // one that is being decoded: the last stays
    this.painted = wanted;
    this._paint(bare ? null : ids, segments);
  }

  _truth() {
    return new Uint16Array(bytesOf(this.model.get("truth_ids")).buffer);
  }

  _names(segments) {
    const classes = this.model.get("classes");
    return segments.map(({ label }) => tr(classes[label].name));
  }

  /** What a reader who does not see it is told. */
  _describe(bare, scene, segments) {
    const names = () => this._names(segments).join(", ") || tr("nothing");
    this.canvas.setAttribute(
      "aria-label",
      bare
        ? tr("The scene")
        : this.view === "truth"
          ? tr("The truth: {segments}", { segments: names() })
          : tr("The prediction after step {step}: {segments}", { step: scene.step, segments: names() }),
    );
  }

  /** @param {any} ids H * W numbers; null: the scene without segments */
  _paint(ids, segments) {
    const { out, scale, image, context } = this,
      size = this.model.get("size");
    if (!ids) paintPicture(out, scale, size, image);
    else paintSegments(out, scale, size, image, ids, [null, ...segments.map(({ color }) => color)]);
    context.putImageData(this.pixels, 0, 0);
    if (ids)
      writeNames(context, scale, this.zoom, labelPlaces(ids, size, segments.length), ["", ...this._names(segments)]);
  }
}
