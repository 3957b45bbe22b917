// What benchmarks/_pages.py measures of a mounted explorer; `page` is what the actions need to know of it.
(page) => {
  const drawn = new Map(), proto = CanvasRenderingContext2D.prototype; // node: when it was drawn or changed last
  let serial = 0;
  for (const name of ["putImageData", "drawImage", "stroke", "fill", "fillRect"]) {
    const real = proto[name];
    proto[name] = function (...rest) {
      drawn.set(this.canvas, ++serial);
      return real.apply(this, rest);
    };
  }
  new MutationObserver((records) => records.forEach(({ target }) => drawn.set(target.closest ? target : target.parentElement, ++serial)))
    .observe(document.getElementById("view"), { subtree: true, childList: true, attributes: true, characterData: true });
  /** Ends behind the next frame: its styles, layout and painting are done. */
  const frame = () => new Promise((go) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = go;
    channel.port2.postMessage(0);
  }));
  // A canvas counts when it is drawn on, not when its description changes; anything else when it or its inside changes.
  const since = (from, where) => [...drawn].some(([node, at]) => at > from && node?.isConnected && node.closest(where));

  async function measure(act, where) {
    drawn.clear();
    const from = serial, start = performance.now();
    act();
    for (let n = 0; n < 240; n++) {
      await frame();
      if (since(from, where)) return performance.now() - start;
    }
    throw new Error(`nothing was drawn in ${where}`);
  }
  const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

  window.latency = {
    again: (where) => measure(() => window.bare.again(), where),
    async times({ act, where, count, first }) {
      const run = new Function("n", "model", "page", act), times = [];
      for (let n = first; n < first + count; n++) {
        await pause(40 + 17 * Math.random()); // any moment of a frame
        times.push(await measure(() => run(n, window.bare.model, page), where));
      }
      return times;
    },
    async moves({ count, where, index }) {
      window.bare.model.save_changes = () => {}; // as on a page without a kernel: nothing is kept for Python
      const canvas = document.querySelectorAll(where)[index], box = canvas.getBoundingClientRect();
      for (let n = 0; n < count; n++) {
        canvas.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerType: "mouse",
          clientX: box.left + 5 + (n * 7) % (box.width - 10), clientY: box.top + 5 + (n * 3) % (box.height - 10) }));
        if (n % 20 === 0) await new Promise(requestAnimationFrame);
      }
    },
  };
}
