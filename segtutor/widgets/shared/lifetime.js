// @ts-check
/**
 * How a view ends: the cell is run again, or closed. What it listens to and what waits goes with it, in one place.
 *
 * JupyterLab keeps the element of a view whose model was closed (its services hold the closed comm, that the model, and
 * that the view), so whatever is still in it would stay until the page goes: a closed view leaves an empty element.
 */

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
 * What anywidget calls to make a view, from ours, which is given a `life` beside model and el.
 * @param {(context: {model: any, el: HTMLElement, life: Lifetime}) => void} render
 */
export function living(render) {
  return ({ model, el }) => {
    const life = new Lifetime(model);
    render({ model, el, life });
    return () => {
      life.end();
      el.replaceChildren();
    };
  };
}
