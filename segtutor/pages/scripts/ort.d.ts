/** As much of ONNX Runtime Web as is used: its program stands before the worker's, in the same text. */
declare namespace ort {
  const env: { logLevel: string; wasm: { numThreads: number; wasmBinary: ArrayBuffer } };
  class Tensor {
    constructor(type: "uint8" | "bool", data: Uint8Array | boolean[], dims: readonly number[]);
  }
  namespace InferenceSession {
    function create(network: Uint8Array, options: { executionProviders: string[] }): Promise<InferenceSession>;
  }
  interface InferenceSession {
    readonly inputNames: readonly string[];
    release(): Promise<void>;
    run(given: Record<string, Tensor>): Promise<Record<string, { dims: readonly number[]; data: Float32Array }>>;
  }
}
