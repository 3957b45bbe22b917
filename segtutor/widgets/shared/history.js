// @ts-check
/** Undo and redo over whole states, plain data: whatever made a state, a hand or a cell, it can be taken back. */

const MOST = 500; // states that are remembered

export class History {
  constructor(now) {
    this.restart(now);
  }

  restart(now) {
    this.now = now;
    this.key = JSON.stringify(now); // of a picture with many strokes it is long: made once a state
    this.past = [];
    this.future = [];
    this.gesture = null;
  }

  /** Remembers a state unless it is the present one. @param {string | null} gesture states of one gesture are one step */
  push(state, gesture = null) {
    if (state === this.now) return;
    const key = JSON.stringify(state);
    if (key === this.key) return;
    if (gesture === null || gesture !== this.gesture) this.past.push(this.now);
    if (this.past.length > MOST) this.past.shift();
    this.now = state;
    this.key = key;
    this.future = [];
    this.gesture = gesture;
  }

  /** What comes next is another gesture. */
  rest() {
    this.gesture = null;
  }

  /** The state before, which is then the present one; null where there is none. */
  undo() {
    return this._step(this.past, this.future);
  }

  redo() {
    return this._step(this.future, this.past);
  }

  _step(from, to) {
    if (!from.length) return null;
    to.push(this.now);
    this.now = from.pop();
    this.key = JSON.stringify(this.now);
    this.gesture = null;
    return this.now;
  }
}
