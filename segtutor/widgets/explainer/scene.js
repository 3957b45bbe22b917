// @ts-check
/** The picture that is edited: the SceneEditor's stage and tools, over a list of things with a history. */
import { FIRST_THING, Composer, PATTERNS } from "../shared/scene/compose.js";
import * as edits from "../shared/scene/edits.js";
import { looksOf, truthOf } from "../shared/scene/panels.js";
import { SceneStage } from "../shared/scene/stage.js";
import { SceneTools } from "../shared/scene/tools.js";
import { History } from "../shared/history.js";
import { thingsOf, thingsText } from "./address.js";
import { pickable } from "./plates.js";
import { tr, trCount } from "../shared/words.js";

const PALETTE_SEED = 0;

export class EditedScene {
  /**
   * @param {{size: number, classes: Record<string, any>[], cutouts: any, signal: AbortSignal, pick: any,
   *   onChange: (scene: {image: Uint8ClampedArray, truth: Record<string, any> | null, serial: number}) => void,
   *   onEdit: (changes: {things?: Record<string, any>[], selected?: number | null}) => void,
   *   want?: ((things: Record<string, any>[], ladder: boolean) => void) | null}} options onEdit: what the reader did
   *   want: asks for cutouts that are not there, {things, ladder}; null where nobody makes any
   */
  constructor({ size, classes, cutouts, signal, pick, onChange, onEdit, want = null }) {
    this.classes = classes;
    this.cutouts = cutouts;
    this.onChange = onChange;
    this.onEdit = onEdit;
    this.want = want;
    this.asked = new Set();
    this.selected = null;
    this.history = new History([]);
    this.photo = null;
    this.serial = 0;
    this.act = this._actions();
    this.stage = new SceneStage(size, this.act, signal);
    pickable(this.stage.canvas, this.stage.stage, pick);
    this.tools = new SceneTools(this.act, signal);
  }

  /**
   * Begins with another scene. ground: as Composer reads it; things: its own; then, where they were edited, `text`: what they
   * have become in words of an address, or `put`: as a list.
   * @param {Record<string, any>} ground @param {Record<string, any>[]} things
   * @param {{text?: string | null, put?: Record<string, any>[] | null, selected?: number | null}} [edited]
   */
  begin(ground, things, { text = null, put = null, selected = null } = {}) {
    this.composer = new Composer(ground);
    this.photo = null;
    this.serial++; // of the picture; edits leave it
    this.start = things;
    this.history.restart(things);
    const later = put ?? (text && thingsOf(text, things, this.cutouts, this.composer.side, PALETTE_SEED));
    if (later) this.history.push(later);
    this.selected = selected;
    this.tools.showKinds(
      (kind) =>
        this._heightOf(kind) && {
          kind,
          pattern: PATTERNS[0],
          seed: PALETTE_SEED,
          height: this._heightOf(kind),
          x: 0,
          y: 0,
        },
      (thing) => this.cutouts.find(thing),
    );
    this._compose();
  }

  /** Shows a person's own picture in place of a scene: nothing in it is known, so nothing can be edited. */
  show(image) {
    this.photo = image;
    this.serial++;
    this.start = [];
    this.history.restart(this.start);
    this.selected = null;
    this._compose();
  }

  /** What others set: the things, or which of them is selected. */
  take({ things = this.things, selected = this.selected }) {
    const same = things === this.things;
    if (!same) {
      this.stage.letGo();
      this.history.push(things);
    }
    this.selected = selected < things.length ? selected : null;
    this._ladder();
    if (this.photo || same) this._mark();
    else this._compose();
  }

  /** Composes once more: cutouts that were missing have come. */
  again() {
    if (!this.composer || this.photo) return;
    if (this.missing) this._compose();
    else this._mark();
  }

  /** Asks for cutouts, once each. */
  _lack(things, ladder) {
    const nameOf = (thing) => `${JSON.stringify({ ...thing, colour: "" })} ${ladder}`,
      fresh = things.filter((thing) => !this.asked.has(nameOf(thing)));
    for (const thing of fresh) this.asked.add(nameOf(thing));
    if (fresh.length) this.want?.(fresh, ladder);
  }

  /** The heights of what is selected, where it has only its own. */
  _ladder() {
    const thing = this.things[this.selected ?? -1];
    if (thing && this.cutouts.heights(thing).length < 2) this._lack([thing], true);
  }

  get things() {
    return this.history.now;
  }

  /** The things in words of an address; null where nothing was changed. */
  get text() {
    const { things, start, cutouts, composer } = this;
    return things === start ? null : thingsText(things, start, cutouts, composer.side);
  }

  _heightOf(kind) {
    const ladder = this.cutouts.heights({ kind, pattern: PATTERNS[0], seed: PALETTE_SEED });
    return ladder[(ladder.length - 1) >> 1];
  }

  _put(list, gesture = null, select = this.selected) {
    // A thing whose cutout is not there and that nobody makes cannot be shown: the edit is not made.
    if (this.photo || (!this.want && list.some((thing) => !this.cutouts.find(thing)))) return;
    this.history.push(list, gesture);
    this.selected = select;
    this._edited();
  }

  _edited() {
    this._compose();
    this.onEdit({ things: this.things, selected: this.selected });
  }

  _actions() {
    const withSelected = (action) => () => (this.selected === null ? undefined : action(this.selected));
    const side = () => this.composer.side;
    const again = () => {
      if (!(this.selected < this.things.length)) this.selected = null;
      this._edited();
    };
    const reordered = ({ things, selected }) => this._put(things, null, selected);
    const heights = (n) => this.cutouts.heights(this.things[n]);
    return {
      selected: () => this.selected,
      select: (n) => {
        this.selected = n;
        this._ladder();
        this._mark();
        this.onEdit({ selected: n });
      },
      drag: (n, x, y) => this._put(edits.moveTo(this.things, n, x, y, side()), "drag", n),
      scale: (n, height) =>
        this._put(edits.resize(this.things, n, edits.nearest(heights(n), height), side()), "scale", n),
      rest: () => this.history.rest(),
      move: (dx, dy) => withSelected((n) => this._put(edits.moveBy(this.things, n, dx, dy, side()), `move ${n}`))(),
      grow: (steps) =>
        withSelected((n) =>
          this._put(
            edits.resize(this.things, n, edits.stepped(heights(n), this.things[n].height, steps), side()),
            `grow ${n}`,
          ),
        )(),
      reorder: (by) => withSelected((n) => reordered(edits.reorder(this.things, n, by)))(),
      remove: withSelected((n) => reordered(edits.remove(this.things, n))),
      colour: withSelected((n) => this._put(edits.nextColour(this.things, n))),
      recolour: (colour) => withSelected((n) => this._put(edits.recolour(this.things, n, colour)))(),
      pattern: withSelected((n) => this._put(edits.repattern(this.things, n, side()))),
      add: (kind) => reordered(edits.add(this.things, kind, this._heightOf(kind), PALETTE_SEED, side())),
      next: (by) => {
        const count = this.things.length;
        if (count) this.act.select(((this.selected ?? (by > 0 ? -1 : 0)) + by + count) % count);
      },
      undo: () => this.history.undo() && again(),
      redo: () => this.history.redo() && again(),
      restart: () => this._put(this.start, null, null),
    };
  }

  _compose() {
    if (this.photo) {
      const ids = new Int32Array(this.photo.length / 4);
      this.looks = new Map();
      this.stage.show(this.photo, ids, this.things);
      this._mark();
      this.onChange({ image: this.photo, truth: null, serial: this.serial });
      return;
    }
    const { image, ids, missing } = this.composer.compose(this.things, this.cutouts),
      shown = { image: image.slice(), ids: ids.slice() };
    this.missing = missing.length > 0;
    this._lack(missing, false);
    this.looks = looksOf(truthOf(shown.ids, this.things).segments, this.classes);
    this.stage.show(shown.image, shown.ids, this.things);
    this._mark();
    this.onChange({ image: shown.image, truth: truthOf(shown.ids, this.things), serial: this.serial });
  }

  _mark() {
    const { selected, things, composer } = this,
      names = things.map(
        (thing, k) => this.looks.get(FIRST_THING + k)?.name ?? tr("{name}, hidden", { name: tr(thing.kind) }),
      ),
      found = selected === null ? null : this.cutouts.find(things[selected]);
    const box = found && {
      x: found.x / composer.side,
      y: found.y / composer.side,
      width: found.piece.width / composer.side,
      height: found.piece.tall / composer.side,
    };
    this.stage.mark(
      box,
      this.photo
        ? tr("Your own picture")
        : [
            trCount("The picture, {n} thing.", "The picture, {n} things.", things.length),
            selected === null ? tr("Nothing is selected.") : tr("{name} is selected.", { name: names[selected] }),
            tr("N: the next thing; arrows move it; plus and minus: its size; C: its colour; Delete; Ctrl+Z."),
          ].join(" "),
    );
    const heights = selected === null ? [] : this.cutouts.heights(things[selected]);
    this.tools.show({
      things,
      names,
      selected,
      heights,
      resizable: heights.length > 1,
      before: this.history.past.length > 0,
      after: this.history.future.length > 0,
      changed: things !== this.start,
    });
  }
}
