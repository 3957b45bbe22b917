// @ts-check
/** What stands beneath the picture: the things as a list, the tools for the selected one, a palette of kinds to add. */
import { element, ownKeys, setText } from "../canvas.js";
import { COLOURS, KINDS } from "./compose.js";
import { editByKey } from "./stage.js";
import { tr } from "../words.js";

/** A small picture of a thing from its cutout, for a button. */
export function thumbnail(canvas, found, colour) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!found) return;
  const { width, tall, numbers, palettes } = found.piece,
    palette = palettes[COLOURS.indexOf(colour)];
  const whole = element("canvas", { width, height: tall }),
    pixels = new ImageData(width, tall);
  for (let i = 0; i < numbers.length; i++) {
    if (!numbers[i]) continue;
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = palette[3 * (numbers[i] - 1) + c];
    pixels.data[4 * i + 3] = 255;
  }
  whole.getContext("2d").putImageData(pixels, 0, 0);
  const scale = Math.min(canvas.width / width, canvas.height / tall),
    [w, h] = [width * scale, tall * scale];
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
}

export class SceneTools {
  /** act: as of SceneStage, and add(kind), recolour(colour), restart() */
  constructor(act, signal) {
    this.act = act;
    this.signal = signal;
    this.rows = [];
    this.count = 0;
    this.history = this._makeHistory();
    this.list = element("div", {
      class: "segtutor-scene-things",
      role: "group",
      "aria-label": tr("Things of the scene, front first"),
    });
    this.tools = this._makeTools();
    this.palette = this._makePalette();
    const title = (text) => element("p", { class: "segtutor-say segtutor-title" }, element("b", {}, text));
    this.node = element(
      "div",
      { class: "segtutor-scene-tools" },
      element("div", { class: "segtutor-part" }, this.history, this.tools),
      element("div", { class: "segtutor-part" }, title(tr("Things, front first")), this.list),
      element("div", { class: "segtutor-part" }, title(tr("Add a thing")), this.palette),
    );
  }

  _button(words, action, attributes = {}) {
    const node = ownKeys(
      element("button", { type: "button", class: "segtutor-reset", ...attributes }, words),
      this.signal,
    );
    node.addEventListener("click", action, { signal: this.signal });
    return node;
  }

  _makeHistory() {
    const { act } = this;
    this.undo = this._button(tr("Undo"), act.undo);
    this.redo = this._button(tr("Redo"), act.redo);
    this.restart = this._button(tr("Start again"), act.restart);
    return element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.restart);
  }

  /** What can be done to the selected thing. */
  _makeTools() {
    const { act } = this;
    this.colours = COLOURS.map((colour) => {
      const node = this._button("", () => act.recolour(colour), { "data-colour": colour });
      node.append(
        element("span", { class: "segtutor-swatch", style: `background: var(--scene-${colour})` }),
        tr(colour),
      );
      return node;
    });
    this.pattern = this._button(tr("Patterned"), act.pattern);
    this.smaller = this._button(tr("Smaller"), () => act.grow(-1));
    this.larger = this._button(tr("Larger"), () => act.grow(1));
    this.back = this._button(tr("Further back"), () => act.reorder(-1));
    this.front = this._button(tr("To the front"), () => act.reorder(1));
    this.gone = this._button(tr("Remove"), act.remove);
    this.title = element("p", { class: "segtutor-say" });
    const others = [this.pattern, this.smaller, this.larger, this.back, this.front, this.gone];
    return element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": tr("The selected thing") },
      this.title,
      element("div", { class: "segtutor-buttons" }, ...this.colours),
      element("div", { class: "segtutor-buttons" }, ...others),
    );
  }

  /** A button for each kind that can be added. */
  _makePalette() {
    this.kinds = KINDS.map((kind) => {
      const canvas = element("canvas", { width: 56, height: 56, "aria-hidden": "true" }),
        label = tr("Add a {kind}", { kind: tr(kind) }),
        node = this._button(canvas, () => this.act.add(kind), { "aria-label": label });
      node.append(element("span", {}, tr(kind)));
      return { kind, canvas, node };
    });
    return element(
      "div",
      { class: "segtutor-scene-kinds", role: "group", "aria-label": tr("Add a thing") },
      ...this.kinds.map(({ node }) => node),
    );
  }

  /** Pictures of the kinds, once their cutouts are there; thingOf(kind): what `add` would add, found: its cutout. */
  showKinds(thingOf, found) {
    for (const { kind, canvas, node } of this.kinds) {
      const thing = thingOf(kind);
      node.disabled = !thing;
      thumbnail(canvas, thing && found(thing), "red");
    }
  }

  /**
   * @param {{things: Record<string, any>[], names: string[], selected: number | null, heights: number[], before: boolean,
   *   after: boolean, changed: boolean, resizable: boolean}} state
   */
  show({ things, names, selected, heights, resizable, before, after, changed }) {
    this.undo.disabled = !before;
    this.redo.disabled = !after;
    this.restart.disabled = !changed;
    this._showList(things, names, selected);
    const thing = selected === null ? null : things[selected];
    setText(
      this.title,
      thing
        ? tr("{name} is selected.", { name: names[selected] })
        : tr("Nothing is selected: drag a thing of the picture, or choose one in the list."),
    );
    const active = /** @type {HTMLButtonElement | null} */ (document.activeElement),
      focused = this.tools.contains(active); // then it is one of the buttons
    for (const node of [...this.colours, this.pattern, this.smaller, this.larger, this.back, this.front, this.gone])
      node.disabled = !thing;
    for (const node of this.colours) node.setAttribute("aria-pressed", String(thing?.colour === node.dataset.colour));
    this.pattern.setAttribute("aria-pressed", String(thing?.pattern === "patterned"));
    if (thing) {
      this.smaller.disabled = !resizable || !heights.some((height) => height < thing.height - 1e-9);
      this.larger.disabled = !resizable || !heights.some((height) => height > thing.height + 1e-9);
      this.back.disabled = selected === 0;
      this.front.disabled = selected === things.length - 1;
    }
    if (focused && active.disabled) (thing ? this.gone : this.undo).focus();
  }

  /** Rows are made once and kept: what listens to a row that was thrown away would never be freed. */
  _showList(things, names, selected) {
    const focused = this.list.contains(document.activeElement);
    while (this.rows.length < things.length) this._addRow();
    this.rows.forEach(({ node, swatch, name, look }, k) => {
      const n = things.length - 1 - k;
      node.hidden = n < 0;
      if (n < 0) return;
      swatch.style.background = `var(--scene-${things[n].colour})`;
      setText(name, names[n]);
      setText(look, `${tr(things[n].colour)}, ${tr(things[n].pattern)}`);
      node.setAttribute("aria-pressed", String(n === selected));
      if (n === selected && focused && document.activeElement !== node) node.focus({ preventScroll: true });
    });
    this.count = things.length;
  }

  _addRow() {
    const k = this.rows.length,
      { signal } = this,
      swatch = element("span", { class: "segtutor-swatch" }),
      name = element("span"),
      look = element("small");
    const node = ownKeys(
      element("button", { type: "button", class: "segtutor-scene-thing" }, swatch, name, look),
      signal,
    );
    node.addEventListener("click", () => this.act.select(this.count - 1 - k), { signal });
    node.addEventListener("keydown", (event) => editByKey(event, this.act) && event.preventDefault(), { signal });
    this.rows.push({ node, swatch, name, look });
    this.list.append(node);
  }
}
