// @ts-check
/** The view "sampling": the points of the maps that a cell of the pixel decoder reads. */
import { element, setText } from "../shared/canvas.js";
import { bars } from "../shared/bars.js";
import { drawCross, pixelPicker } from "../shared/pointer.js";
import { MARKS, drawCell, drawPoints, markOf, paintLight, stage } from "./draw.js";
import { placeAt, sharesByMap } from "./maps.js";
import { pointsWords } from "./words.js";

export class SamplingView {
  /** shared: {size, extent, encoder: {sizes, strides}, tell, look, pixel(), signal} */
  constructor(shared) {
    this.shared = shared;
    this.on = stage(shared.size);
    this.held = false;
    const title = "What the cell of a pixel reads";
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
      label: `${title}: arrow keys move the cross, Enter or a click holds the pixel`,
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
      this.legend.append(element("li", {}, markOf(level), `reads the map at 1/${stride}`));
    });
    this.legend.append(element("li", {}, "area: weight"), element("li", {}, "frame: the cell that asks"));
    this.shares = bars({ label: "Share of the weight by map", rows: shared.encoder.strides.length });
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
    const step =
      maps.steps[level] > 1
        ? ` Every ${maps.steps[level]}th row and column of this map was sent: the nearest cell is shown.`
        : "";
    setText(this.text, this.held ? "Held: a click lets the pixel go." : "Point at a pixel; a click holds it.");
    this.on.canvas.setAttribute(
      "aria-label",
      `${points.length} points that the cell of pixel (${this.pixel().join(", ")}) reads`,
    );
    this.shares.show(
      sharesByMap(points, maps.sizes.length).map((value, to) => ({
        value,
        name: `from the map at 1/${encoder.strides[to]}`,
        color: MARKS[to % MARKS.length],
      })),
    );
    return words + step;
  }
}
