// @ts-check
/** What a pointer or the keyboard's pen does with the tool in hand, from down to up; a whole prompt is told at its end. */
import { addPlace, boxBetween, erase, kept } from "../shared/edit.js";

export class Strokes {
  /**
   * @param {{get: (trait: string) => any, tell: (changes: Record<string, any>) => void, prompts: () => any,
   *   painting: Record<string, any>, colors: () => number[][]}} page
   */
  constructor({ get, tell, prompts, painting, colors }) {
    this.get = get;
    this.tell = tell;
    this.prompts = prompts;
    this.painting = painting;
    this.colors = colors;
    /** @type {Record<string, any> | null} */
    this.draft = null; // what is under way: {tool, label, from, to} of a box, {tool, label, width, places} of a stroke
  }

  _inside([x, y]) {
    const [H, W] = this.get("size");
    return [kept(x, W), kept(y, H)];
  }

  /** @returns {"" | "done"} "done": nothing is under way, as after a point */
  down(at) {
    const { get, painting } = this,
      place = this._inside(at),
      tool = get("tool"),
      label = get("label");
    if (tool === "point") {
      this.tell({ points: [...get("points"), { x: place[0], y: place[1], label }] });
      return "done";
    }
    if (tool === "box") this.draft = { tool, label, from: place, to: place };
    else {
      const painted = tool === "eraser" ? -1 : label,
        width = get("brush");
      this.draft = { tool, label: painted, width, places: [place] };
      painting.add([place], width, painted, this.colors());
    }
    return "";
  }

  move(at) {
    const { draft } = this;
    if (!draft) return;
    const place = this._inside(at);
    if (draft.tool === "box") draft.to = place;
    else if (addPlace(draft.places, place, draft.width))
      this.painting.add(draft.places.slice(-2), draft.width, draft.label, this.colors());
  }

  up(at) {
    if (!this.draft) return;
    this.move(at);
    const { tool, label, from, to, width, places } = this.draft,
      { get } = this;
    this.cancel(); // points lie above strokes: what was painted meanwhile is painted once more, in order
    if (tool === "box") {
      const box = boxBetween(from, to, label);
      if (box) this.tell({ boxes: [...get("boxes"), box] });
    } else if (tool === "eraser") this.tell(erase(this.prompts(), places, width));
    else this.tell({ scribbles: [...get("scribbles"), { label, width, points: places }] });
  }

  /** Gives up what is under way. */
  cancel() {
    this.draft = null;
    this.painting.stale = true;
  }
}
