// @ts-check
/**
 * Who said what last, of the traits that a page and Python both set.
 *
 * Either side may speak while the other's word is on its way. Python counts how often it has set a trait (`turns`); the
 * page stamps each of its words with the count that it had heard (`stamps`), and Python does not take a word that was
 * said without knowing its own (base/turns.py). This is the page's half. A trait that changes is one of three things:
 *
 *     "python"  Python set it: it holds, and what was not saved yet is forgotten
 *     "here"    a view of this page said it, or what it said comes back unchanged
 *     "echo"    what the page said earlier comes back, while something newer waits to be saved: the newer is put back
 */

/** Whether two values are the same plain data. */
export const alike = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

// By what all views of a widget share: each has a `model` of its own, but a trait's value is the same object in all.
const RECORDS = new WeakMap();

export class Turns {
  /** @param {Record<string, any>} [key] what the views of a widget share; without, the model itself */
  constructor(model, key = model) {
    if (!RECORDS.has(key)) RECORDS.set(key, { said: {}, heard: {}, unsaved: new Set() });
    this.model = model;
    this.record = RECORDS.get(key);
    this.tell = this.tell.bind(this);
  }

  /** The learner's word, {trait: value}: it holds on this page at once, and for Python once it is saved. */
  say(changes) {
    const { model, record } = this;
    const counts = model.get("turns") ?? {},
      stamps = { ...model.get("stamps") };
    for (const [name, value] of Object.entries(changes)) {
      stamps[name] = counts[name] ?? 0;
      record.said[name] = value;
      record.unsaved.add(name);
    }
    model.set("stamps", stamps);
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
  }

  /** Tells Python what was said since. */
  save() {
    this.record.unsaved.clear();
    this.model.save_changes();
  }

  /** Says and saves at once: ipywidgets keeps one message under way and merges the rest. */
  tell(changes) {
    this.say(changes);
    this.save();
  }

  /** What the page last said of a trait, or heard of it. */
  said(name) {
    return name in this.record.said ? this.record.said[name] : this.model.get(name);
  }

  /** To be called when a trait has changed. @returns {"python" | "here" | "echo"} whose word it is */
  hear(name) {
    const { model, record } = this,
      value = model.get(name),
      count = model.get("turns")?.[name] ?? 0,
      newer = count > (record.heard[name] ?? 0);
    record.heard[name] = count;
    if (!newer && alike(value, record.said[name])) return "here";
    if (!newer && record.unsaved.has(name)) {
      model.set(name, record.said[name]);
      return "echo";
    }
    record.said[name] = value;
    record.unsaved.delete(name);
    return "python";
  }

  /** Takes what the traits hold as the last word. */
  restart(names) {
    for (const name of names) {
      this.record.said[name] = this.model.get(name);
      this.record.heard[name] = this.model.get("turns")?.[name] ?? 0;
      this.record.unsaved.delete(name);
    }
  }
}
