// @ts-check
/** The training beside the picture: what is classified, for how long, start, stop, how far it is and what came out. */
import { button, check, choice, element, setText, slider } from "../shared/canvas.js";
import { tr } from "../shared/words.js";
import { trainingInWords } from "./words.js";

export class LearningPanel {
  /** acts: onKind, onSeconds, onLearn, onStop, onView; signal; kernel: false where nobody answers */
  constructor({ onKind, onSeconds, onLearn, onStop, onView, signal, kernel }) {
    this.kinds = choice({
      legend: tr("Classify"),
      selected: "pixel",
      signal,
      onChange: onKind,
      choices: { pixel: tr("pixels"), mask: tr("masks") },
    });
    this.seconds = slider({
      label: tr("Seconds"),
      hint: tr("of training, from nothing, on this picture alone"),
      min: 1,
      max: 20,
      step: 1,
      signal,
      onInput: onSeconds,
      write: (value) => String(Math.round(value)),
    });
    this.learn = button(tr("Learn from what is painted"), onLearn, signal);
    this.stop = button(tr("Stop"), onStop, signal);
    this.bar = element("progress", { max: 1, value: 0, "aria-label": tr("Training"), class: "segtutor-progress" });
    this.said = element("p", { class: "segtutor-say" });
    this.views = choice({
      legend: tr("Show"),
      selected: "picture",
      signal,
      onChange: onView,
      choices: { picture: tr("picture"), answer: tr("answer") },
    });
    const parts = kernel === false ? [withoutKernel()] : this._parts();
    this.node = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": tr("Learning") },
      ...parts,
      this.views,
    );
  }

  _parts() {
    const buttons = element("div", { class: "segtutor-buttons" }, this.learn, this.stop);
    return [this.kinds, this.seconds.node, buttons, this.bar, this.said];
  }

  show({ kind, seconds, progress, score, view, hasAnswer }) {
    check(this.kinds, kind);
    check(this.views, view);
    this.seconds.show(seconds, tr("seconds of training"));
    this._switchButtons(progress.state === "running");
    this.bar.value = progress.done ?? 0;
    this.views.hidden = !hasAnswer;
    setText(this.said, trainingInWords(progress, score));
  }

  /** Learn or Stop; the focus goes from the one that is hidden to the other. */
  _switchButtons(running) {
    const focused = document.activeElement;
    this.stop.hidden = !running;
    this.learn.hidden = running;
    if (focused === this.learn && running) this.stop.focus();
    if (focused === this.stop && !running) this.learn.focus();
    this.bar.hidden = !running;
  }
}

const withoutKernel = () =>
  element(
    "p",
    { class: "segtutor-say" },
    tr("Learning from what is painted needs a running notebook; painting works here, too."),
  );
