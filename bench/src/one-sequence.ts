import {
  getLlama,
  type Llama,
  type LlamaContextSequence,
  LlamaLogLevel,
  type LlamaModel,
} from "node-llama-cpp";

/** llama.cpp as node-llama-cpp offers it, with one sequence, on the CPU. */
export interface OneSequence {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly sequence: LlamaContextSequence;
}

/** Opens a model for callers that read one prompt after the other. Disposing `llama` frees all. */
export async function openSequence(path: string, threads: number): Promise<OneSequence> {
  const llama = await getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    logLevel: LlamaLogLevel.error,
    maxThreads: 0,
  });
  const model = await llama.loadModel({ modelPath: path });
  const contextSize = model.trainContextSize;
  const context = await model.createContext({ contextSize, batchSize: contextSize, threads });
  return { llama, model, sequence: context.getSequence() };
}
