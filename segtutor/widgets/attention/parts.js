// @ts-check
/** What was sent of each layer, by name ("layer 2", "layer 2 query 7", "sampling 0"); what is missing is asked for once. */
import { LayerMaps, SamplingMaps } from "./maps.js";

const KEPT = 24; // queries in full resolution

export class Parts {
  /** onArrival(): something has come */
  constructor(model, onArrival) {
    this.model = model;
    this.onArrival = onArrival;
    this._parts = new Map();
    this._asked = new Set();
    this._hear = (content, buffers) => {
      if (!content?.part || !content.names) return;
      this._take(content.part, {
        ...content.plain,
        ...Object.fromEntries(content.names.map((name, n) => [name, buffers[n]])),
      });
      this.onArrival();
    };
    model.on("msg:custom", this._hear);
    for (const [name, sent] of Object.entries(model.get("sent"))) this._take(name, sent);
  }

  _take(name, sent) {
    this._parts.set(name, name.startsWith("sampling") ? new SamplingMaps(sent) : new LayerMaps(sent));
    const single = [...this._parts.keys()].filter((one) => one.includes("query"));
    if (single.length > KEPT) {
      this._parts.delete(single[0]);
      this._asked.delete(single[0]);
    }
  }

  /** Whether nobody can be asked: a page without a kernel. */
  get alone() {
    return this.model.kernel === false;
  }

  /** The part, or null while the kernel is asked for it. */
  get(name) {
    const found = this._parts.get(name);
    if (!found && !this._asked.has(name) && !this.alone) {
      this._asked.add(name);
      this.model.send({ part: name });
    }
    return found ?? null;
  }

  /** A decoder layer for one query: in full where that has come, else what was sent of all queries. */
  layer(layer, query) {
    const all = this.get(`layer ${layer}`);
    return (all && all.step > 1 && this._parts.get(`layer ${layer} query ${query}`)) || all;
  }

  /** Asks for the query in full, where all queries together were sent in larger cells. */
  refine(layer, query) {
    if (this._parts.get(`layer ${layer}`)?.step > 1) this.get(`layer ${layer} query ${query}`);
  }

  close() {
    this.model.off("msg:custom", this._hear);
    this._parts.clear();
  }
}
