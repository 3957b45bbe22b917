// @ts-check
/**
 * A ToyTown scene composed from layers: the twin of Scene.draw (segtutor/data/toytown/scene.py), to the last bit. Pure
 * functions of bytes and numbers, which know no page and no widget; segtutor/data/toytown/layers.py makes the layers.
 *
 * Things are painted back to front on a canvas twice as large as the picture, with hard edges; pixels on both sides of a
 * border of a thing are darkened; the canvas is averaged to the picture; light and noise come last. The ids are those of
 * one canvas pixel of each four.
 */

export const COLOURS = ["red", "orange", "yellow", "green", "blue", "purple"];
export const STUFF = ["sky", "hill", "grass", "water", "road", "wall", "floor"];
export const KINDS = ["house", "tree", "car", "boat", "person", "cat", "ball", "remote"];
export const PATTERNS = ["plain", "patterned"];
export const FIRST_THING = STUFF.length + 1; // segment id of the things' first

/** The position in categories (stuff, then kinds) of a segment id. */
export const labelOf = (id, things) =>
  id < FIRST_THING ? id - 1 : STUFF.length + KINDS.indexOf(things[id - FIRST_THING].kind);

/** Whether a thing stands on a whole pixel of the canvas: then its cutout fits wherever it is moved. */
export const onPixels = ({ x, y }, side) => Number.isInteger(x * side) && Number.isInteger(y * side);

/** A thing moved to the whole pixel of the canvas that is nearest to (x, y), shares of the picture. */
export const moved = (thing, x, y, side) => ({
  ...thing,
  x: Math.round(x * side) / side,
  y: Math.round(y * side) / side,
});

/** @param {{kind: string, pattern: string, seed: number, height: number | "", x?: number | "", y?: number | ""}} entry */
const keyOf = ({ kind, pattern, seed, height, x, y }) => [kind, pattern, seed, height, x ?? "", y ?? ""].join(" ");

/** Cutouts by shape: what `cutouts` and `library` of layers.py made; more may be added. */
export class Cutouts {
  constructor(side) {
    this.side = side;
    this.pieces = new Map();
    this.ladders = new Map();
  }

  /** index: the entries; bytes: Uint8Array with what they point at. */
  add(index, bytes) {
    for (const entry of index) {
      const { left, top, width, tall, colours, start } = entry,
        end = start + width * tall;
      const palettes = COLOURS.map((_, c) => bytes.subarray(end + 3 * c * colours, end + 3 * (c + 1) * colours));
      this.pieces.set(keyOf(entry), { left, top, width, tall, numbers: bytes.subarray(start, end), palettes });
      if (entry.x !== undefined) continue;
      const shape = keyOf({ ...entry, height: "" }),
        ladder = this.ladders.get(shape) ?? [];
      if (!ladder.includes(entry.height))
        this.ladders.set(
          shape,
          [...ladder, entry.height].sort((a, b) => a - b),
        );
    }
  }

  /** The heights in which a thing is there, ascending. */
  heights({ kind, pattern, seed }) {
    return this.ladders.get(keyOf({ kind, pattern, seed, height: "" })) ?? [];
  }

  /** @returns {{piece: Record<string, any>, x: number, y: number} | null} the cutout and its place on the canvas; null: not there */
  find(thing) {
    const { side } = this,
      free = onPixels(thing, side);
    const piece = this.pieces.get(keyOf(free ? { ...thing, x: "", y: "" } : thing));
    return piece
      ? { piece, x: piece.left + (free ? thing.x * side : 0), y: piece.top + (free ? thing.y * side : 0) }
      : null;
  }
}

export class Composer {
  /** ground: as `ground` of layers.py makes it, its bytes as Uint8Array and (noise) Float32Array. */
  constructor(ground) {
    const { size, oversampling } = ground,
      side = size * oversampling;
    if (oversampling !== 2) throw new Error(`oversampling must be 2, got ${oversampling}`);
    this.ground = ground;
    this.size = size;
    this.side = side;
    this.back = { rgb: new Uint8Array(4 * side * side), words: null };
    for (let i = 0; i < side * side; i++)
      for (let c = 0; c < 3; c++) this.back.rgb[4 * i + c] = ground.background[3 * i + c];
    this.back.words = new Uint32Array(this.back.rgb.buffer);
    this.rgb = new Uint8Array(4 * side * side);
    this.words = new Uint32Array(this.rgb.buffer);
    this.numbers = new Uint8Array(side * side);
    this.edge = new Uint8Array(side * side);
    this.image = new Uint8ClampedArray(4 * size * size).fill(255);
    this.ids = new Int32Array(size * size);
    // What becomes of a value where a thing meets something else; a float32 product, cut off.
    this.dark = Uint8Array.from({ length: 256 }, (_, v) => Math.fround(v * Math.fround(ground.contour)));
    this.lit = Float32Array.from({ length: 256 }, (_, v) => v * Math.fround(ground.light));
  }

  /**
   * @param {Record<string, any>[]} things plain things, back to front
   * @param {Cutouts} cutouts
   * @returns {{image: Uint8ClampedArray, ids: Int32Array, missing: Record<string, any>[]}} RGBA of size * size pixels, segment ids
   *   (0 = void), both overwritten by the next call; the things whose cutout is not there, which were left out
   */
  compose(things, cutouts) {
    const missing = [];
    this.words.set(this.back.words);
    this.numbers.set(this.ground.stuff);
    things.forEach((thing, n) => {
      const found = cutouts.find(thing);
      if (found) this._paste(found, COLOURS.indexOf(thing.colour), STUFF.length + n);
      else missing.push(thing);
    });
    this._darken();
    this._reduce();
    return { image: this.image, ids: this.ids, missing };
  }

  _paste({ piece, x, y }, colour, number) {
    const { side, words, numbers } = this,
      palette = new Uint32Array(1 + piece.palettes[colour].length / 3);
    const bytes = new Uint8Array(palette.buffer);
    for (let n = 1; n < palette.length; n++)
      for (let c = 0; c < 3; c++) bytes[4 * n + c] = piece.palettes[colour][3 * (n - 1) + c];
    const right = Math.min(piece.width, side - x),
      bottom = Math.min(piece.tall, side - y);
    for (let v = Math.max(0, -y); v < bottom; v++) {
      const from = v * piece.width,
        to = (y + v) * side + x;
      for (let u = Math.max(0, -x); u < right; u++) {
        const which = piece.numbers[from + u];
        if (which === 0) continue;
        words[to + u] = palette[which];
        numbers[to + u] = number;
      }
    }
  }

  /** Darkens both pixels of each pair of neighbours of which one is a thing and the other is not the same. */
  _darken() {
    const { side, rgb, numbers, edge, dark } = this,
      things = STUFF.length;
    edge.fill(0);
    for (let y = 0, i = 0; y < side; y++) {
      for (let x = 0; x < side; x++, i++) {
        const here = numbers[i],
          right = x + 1 < side ? numbers[i + 1] : here,
          below = y + 1 < side ? numbers[i + side] : here;
        if (here !== right && (here >= things || right >= things)) edge[i] = edge[i + 1] = 1;
        if (here !== below && (here >= things || below >= things)) edge[i] = edge[i + side] = 1;
      }
    }
    for (let i = 0; i < edge.length; i++) if (edge[i]) for (let c = 4 * i; c < 4 * i + 3; c++) rgb[c] = dark[rgb[c]];
  }

  /** Averages four pixels (across, then down, each half rounded up, as Pillow does), adds light and noise, takes ids. */
  _reduce() {
    const { size, side, rgb, image, ids, lit, ground } = this,
      row = 4 * side,
      area = new Int32Array(256);
    for (let y = 0, i = 0; y < size; y++) {
      for (let x = 0; x < size; x++, i++) {
        const first = 2 * y * row + 8 * x;
        for (let c = 0; c < 3; c++) {
          const p = first + c,
            q = p + row;
          const mean = (((rgb[p] + rgb[p + 4] + 1) >> 1) + ((rgb[q] + rgb[q + 4] + 1) >> 1) + 1) >> 1;
          const value = Math.fround(lit[mean] + ground.noise[i]);
          image[4 * i + c] = value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value);
        }
        ids[i] = this.numbers[(2 * y + 1) * side + 2 * x + 1] + 1;
        area[ids[i]]++;
      }
    }
    const least = ground.minimum_area * size * size;
    for (let i = 0; i < ids.length; i++) if (ids[i] < FIRST_THING && area[ids[i]] < least) ids[i] = 0;
  }
}
