// @ts-check
/** The view "sampling": the points of the maps that a cell of the pixel decoder reads. */
import { element, setText } from "../shared/canvas.js";
import { bars } from "../shared/bars.js";
import { drawCross, pixelPicker } from "../shared/pointer.js";
import { MARKS, drawCell, drawPoints, markOf, paintLight, stage } from "./draw.js";
import { placeAt, sharesByMap } from "./maps.js";
import { pointsWords } from "./words.js";
import { tr } from "../shared/words.js";

export class SamplingView {
  /** shared: {size, extent, encoder: {sizes, strides}, tell, look, pixel(), signal} */
  constructor(shared) {
    this.shared = shared;
    this.on = stage(shared.size);
    this.held = false;
    const title = tr("What the cell of a pixel reads");
    const look = (pixel) => {
      this.moved = true;
      if (pixel === null) this.held = false;
      if (!this.held || !this.byPointer) shared.look(pixel);
    };
    const hold = () => {
      this.held = !this.held;
      shared.redraw();
    };
    const picker = pixelPicker(this.on.canvas, {
      size: shared.size,
      current: shared.pixel,
      onLook: look,
      onPick: hold,
      signal: shared.signal,
      label: tr("{map}: arrow keys move the cross, Enter or a click holds the pixel", { map: title }),
    });
    // A pixel that is held follows the arrow keys, not the pointer on its way to a slider.
    for (const kind of ["pointermove", "keydown"]) {
      picker.addEventListener(
        kind,
        (event) => (this.byPointer = event.type === "pointermove" && event.pointerType !== "touch"),
        { signal: shared.signal, capture: true },
      );
    }
    this.text = element("p", { class: "segtutor-detail" });
    this.node = element(
      "section",
      { class: "segtutor-side", "aria-label": title },
      element("p", { class: "segtutor-title" }, element("b", {}, title)),
      picker,
      this.text,
    );
    this.legend = element("ul", { class: "segtutor-kinds" });
    shared.encoder.strides.forEach((stride, level) => {
      this.legend.append(element("li", {}, markOf(level), tr("reads the map at 1/{stride}", { stride })));
    });
    this.legend.append(element("li", {}, tr("area: weight")), element("li", {}, tr("frame: the cell that asks")));
    this.shares = bars({ label: tr("Share of the weight by map"), rows: shared.encoder.strides.length });
  }

  pixel() {
    const [H, W] = this.shared.size;
    return this.shared.pixel() ?? [W >> 1, H >> 1];
  }

  draw(maps, { level, head }, image) {
    const { size, extent } = this.shared,
      { on } = this,
      pixel = this.pixel();
    if (this.image !== image) {
      paintLight(on.out, image);
      this.image = image;
    }
    const [row, column] = placeAt(pixel, size, maps.sizes[level], extent);
    this.found = maps.at([row, column], level, head);
    on.flush();
    drawCell(on, maps.sizes[level], extent, this.found.row, this.found.column);
    drawCross(on.context, on.scale, on.zoom, pixel);
    this.outside = drawPoints(on, this.found.points, extent);
  }

  write(maps, { level, head }) {
    const { encoder } = this.shared,
      { points, row, column } = this.found;
    const words = pointsWords({
      pixel: this.pixel(),
      stride: encoder.strides[level],
      row,
      column,
      count: points.length,
      outside: this.outside,
      head,
      heads: maps.heads,
    });
    const step = tr("Every {n}th row and column of this map was sent: the nearest cell is shown.", {
      n: maps.steps[level],
    });
    setText(this.text, this.held ? tr("Held: a click lets the pixel go.") : tr("Point at a pixel; a click holds it."));
    this.on.canvas.setAttribute(
      "aria-label",
      tr("{n} points that the cell of pixel ({pixel}) reads", { n: points.length, pixel: this.pixel().join(", ") }),
    );
    this.shares.show(
      sharesByMap(points, maps.sizes.length).map((value, to) => ({
        value,
        name: tr("from the map at 1/{stride}", { stride: encoder.strides[to] }),
        color: MARKS[to % MARKS.length],
      })),
    );
    return maps.steps[level] > 1 ? `${words} ${step}` : words;
  }
}
