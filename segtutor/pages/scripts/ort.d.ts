/** As much of ONNX Runtime Web as is used: its program stands before the worker's, in the same text. */
declare namespace ort {
  const env: { logLevel: string; wasm: { numThreads: number; wasmBinary: ArrayBuffer } };
  class Tensor {
    readonly dims: readonly number[];
    readonly data: Float32Array;
    constructor(
      type: "uint8" | "bool" | "float32" | "int64",
      data: Uint8Array | boolean[] | Float32Array | BigInt64Array,
      dims: readonly number[],
    );
  }
  namespace InferenceSession {
    function create(network: Uint8Array, options: { executionProviders: string[] }): Promise<InferenceSession>;
  }
  interface InferenceSession {
    readonly inputNames: readonly string[];
    release(): Promise<void>;
    run(given: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  }
}
