// @ts-check
/**
 * Asks about the newest thing only: while an answer is awaited, later questions wait in one place, and the newest takes
 * it. So the answers lag by one at most, however slow they are.
 */
export class NewestFirst {
  /**
   * @param {(question: any) => Promise<any>} ask
   * @param {(answer: any, question: any, ms: number) => void} onAnswer ms: how long it took
   * @param {(error: Error) => void} onError
   */
  constructor(ask, onAnswer, onError, now = () => performance.now()) {
    this.ask = ask;
    this.onAnswer = onAnswer;
    this.onError = onError;
    this.now = now;
    this.waiting = null;
    this.busy = false;
    this.closed = false;
  }

  /** @param {() => any} question made when its turn has come, so that what is overtaken costs nothing */
  request(question) {
    this.waiting = question;
    if (!this.busy) this._next();
  }

  /** Whether an answer is awaited. */
  get pending() {
    return this.busy || this.waiting !== null;
  }

  close() {
    this.closed = true;
    this.waiting = null;
  }

  async _next() {
    this.busy = true;
    while (this.waiting && !this.closed) {
      const question = this.waiting(),
        start = this.now();
      this.waiting = null;
      try {
        const answer = await this.ask(question);
        if (!this.closed) this.onAnswer(answer, question, this.now() - start);
      } catch (error) {
        if (!this.closed) this.onError(error);
      }
    }
    this.busy = false;
  }
}

/** Answers a second over the last two seconds, and the median of their times. */
export class Meter {
  constructor(span = 2000) {
    this.span = span;
    this.times = [];
  }

  add(at, ms) {
    this.times = [...this.times.filter((one) => at - one.at < this.span), { at, ms }];
  }

  /** @returns {{rate: number | null, ms: number}} rate: null where the answers were not asked one after the other */
  read() {
    const { times } = this,
      first = times[0],
      last = times.at(-1),
      span = first ? last.at - first.at : 0;
    const sorted = times.map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      rate: times.length > 2 && span > 0 ? (1000 * (times.length - 1)) / span : null,
      ms: sorted[sorted.length >> 1] ?? 0,
    };
  }
}
