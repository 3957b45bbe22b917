/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 3075994efc5cb83c466013b4043a6a46b29a3302a7bc282efbd63421dd4d5f4f of
   segtutor/pages/scripts/planes.js
   segtutor/pages/scripts/prompt_worker.js
   segtutor/widgets/shared/unpack.js
   tools/build_js.mjs
*/
(() => {
  // segtutor/pages/scripts/planes.js
  var PLANES = 4;
  function fromPlanes(bytes) {
    const rows = Math.floor(bytes.length / PLANES), out = new Uint8Array(bytes.length);
    for (let plane = 0; plane < PLANES; plane++)
      for (let row = 0, from = plane * rows, to = plane; row < rows; row++, from++, to += PLANES) out[to] = bytes[from];
    out.set(bytes.subarray(rows * PLANES), rows * PLANES);
    return out;
  }

  // segtutor/widgets/shared/unpack.js
  var unpack = (text) => inflate(
    Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
    "gzip"
  );
  async function inflate(packed, format = "deflate") {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream(format));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // segtutor/pages/scripts/prompt_worker.js
  var sessions = {};
  var seen = null;
  async function load({ wasm, graphs }) {
    ort.env.logLevel = "error";
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = wasm;
    for (const [name, graph] of Object.entries(graphs))
      sessions[name] = await ort.InferenceSession.create(fromPlanes(await unpack(graph)), {
        executionProviders: ["wasm"]
      });
  }
  async function see({ picture, image, size }) {
    const start = performance.now(), rgb = new Uint8Array(image.length / 4 * 3);
    for (let i = 0, j = 0; i < image.length; i += 4) {
      rgb[j++] = image[i];
      rgb[j++] = image[i + 1];
      rgb[j++] = image[i + 2];
    }
    seen = { picture, size, maps: await sessions.see.run({ image: new ort.Tensor("uint8", rgb, [1, ...size, 3]) }) };
    return { ms: performance.now() - start };
  }
  async function ask({ picture, xy, kinds, mask, numbers }) {
    if (seen?.picture !== picture) throw new Error("the picture has not been encoded yet");
    const start = performance.now(), { maps, size } = seen, long = (values) => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
    let outputs;
    if (numbers) outputs = await sessions.say.run({ words_map: maps.words_map, numbers: long(numbers) });
    else {
      const signs = Float32Array.from(mask ?? { length: size[0] * size[1] }, (inside) => inside ? 1 : -1);
      const { embedding, quarter, half } = maps;
      outputs = await sessions.click.run({
        embedding,
        quarter,
        half,
        xy: new ort.Tensor("float32", Float32Array.from(xy.flat()), [1, xy.length, 2]),
        kinds: long(kinds),
        mask: new ort.Tensor("float32", signs, [1, 1, ...size]),
        has_mask: new ort.Tensor("float32", Float32Array.of(mask ? 1 : 0), [1])
      });
    }
    const masks = Uint8Array.from(outputs.mask_logits.data, (logit) => logit > 0 ? 1 : 0);
    return { masks, scores: [...outputs.scores.data], ms: performance.now() - start };
  }
  var port = globalThis.segtutorPort ?? globalThis;
  var acts = { load, see, ask };
  var last = Promise.resolve();
  var take = async ({ data: { id, ...question } }) => {
    try {
      const [[name, content]] = Object.entries(question);
      port.postMessage({ id, ...await acts[name](content) });
    } catch (error) {
      port.postMessage({ id, problem: String(error?.message ?? error) });
    }
  };
  port.onmessage = (event) => last = last.then(() => take(event));
})();
