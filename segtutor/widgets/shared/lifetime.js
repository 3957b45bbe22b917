// @ts-check
/**
 * How a view ends: the cell is run again, or closed. What it listens to and what waits goes with it, in one place.
 *
 * JupyterLab keeps the element of a view whose model was closed (its services hold the closed comm, that the model, and
 * that the view), so whatever is still in it would stay until the page goes: a closed view leaves an empty element.
 */
import { element } from "./canvas.js";
import { tr, useWords } from "./words.js";

/** @typedef {Function | {cancel: () => void} | {disconnect: () => void} | {close: () => void}} Ending */

export class Lifetime {
  constructor(model) {
    this.model = model;
    this.stop = new AbortController();
    /** Aborted at the end: for addEventListener, and to be asked by what comes late. */
    this.signal = this.stop.signal;
    /** @type {Function[]} */
    this.endings = [];
  }

  /** Listens to the traits until the end. @param {string | string[]} traits */
  on(traits, action) {
    for (const name of [traits].flat()) {
      const event = name.includes(":") ? name : `change:${name}`;
      this.model.on(event, action);
      this.endings.push(() => this.model.off(event, action));
    }
  }

  /** What else ends then: a function, or what can be cancelled, disconnected or closed. @param {...Ending} endings */
  also(...endings) {
    for (const one of endings) {
      if (typeof one === "function") this.endings.push(one);
      else if ("cancel" in one) this.endings.push(() => one.cancel());
      else if ("disconnect" in one) this.endings.push(() => one.disconnect());
      else this.endings.push(() => one.close());
    }
  }

  end() {
    this.stop.abort();
    for (const ending of this.endings.splice(0)) ending();
  }
}

/**
 * What anywidget calls to make a view, from ours, which is given a `life` beside model and el. The view speaks the
 * language that Python chose (base/canvas.py), and is made anew in another one.
 * @param {(context: {model: any, el: HTMLElement, life: Lifetime}) => void} render
 */
export function living(render) {
  return ({ model, el }) => {
    /** @type {Lifetime} */
    let life;
    const begin = () => {
      const words = JSON.parse(model.get("wording") || "null");
      useWords(words);
      life = new Lifetime(model);
      render({ model, el, life });
      if (words) tellLanguage(el, words, life);
    };
    const end = () => {
      life.end();
      el.replaceChildren();
    };
    const again = () => {
      end();
      begin();
    };
    model.on("change:wording", again);
    begin();
    return () => {
      model.off("change:wording", again);
      end();
    };
  };
}

/**
 * Says who translated, or that much is in English.
 * @param {HTMLElement} el
 * @param {import("./words.js").Catalogue} words
 * @param {Lifetime} life
 */
function tellLanguage(el, { language, complete }, life) {
  const said = complete
    ? tr("This explorer was translated from English. No native speaker has reviewed the translation yet.")
    : tr("This explorer is not translated yet: what has no translation is in English.");
  el.append(element("div", { class: "segtutor-widget segtutor-language", lang: language }, said));
  if (!complete) return;
  el.lang = language;
  life.also(() => el.removeAttribute("lang"));
}
