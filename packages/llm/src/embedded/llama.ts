import { availableParallelism } from "node:os";
import { expected, V2LError } from "@v2l/nn";
import type { Llama, LlamaContext, LlamaModel } from "node-llama-cpp";

/** Which device computes; `auto` takes the best that works. */
export type Gpu = "auto" | "metal" | "cuda" | "vulkan" | false;

export interface LlamaSettings {
  readonly gpu: Gpu;
  readonly threads: number;
  readonly contextSize: number;
  readonly parallel: number;
  readonly batchSize: number;
  readonly kvCache: "F16" | "F32";
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** Backend, model and context of llama.cpp. */
export interface LlamaParts {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
}

/** One core stays free: llama.cpp's threads wait for each other, and one that is delayed delays all. */
export function defaultThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}

/**
 * Loads llama.cpp's prebuilt binary, a model and a context. On failure nothing stays loaded.
 * @throws RUNTIME where no binary runs here or memory is short; MODEL_UNREADABLE.
 */
export async function loadLlama(path: string, settings: LlamaSettings): Promise<LlamaParts> {
  const log: string[] = [];
  const llama = await startLlama(settings.gpu, (message) => log.push(message.trim()));
  try {
    const model = await loadModel(llama, path, settings, log);
    return { llama, model, context: await createContext(llama, model, settings) };
  } catch (error) {
    await llama.dispose();
    throw error;
  }
}

async function startLlama(gpu: Gpu, onError: (message: string) => void): Promise<Llama> {
  try {
    const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
    return await getLlama({
      gpu,
      build: "never",
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.error,
      logger: (_, message) => onError(message),
      maxThreads: 0,
    });
  } catch (cause) {
    const remedy =
      "Install node-llama-cpp with its optional packages (the prebuilt binaries), choose " +
      "another `gpu`, or use a server's model";
    const what = `a binary of llama.cpp that runs here (${process.platform}-${process.arch})`;
    throw new V2LError("RUNTIME", expected(what, "gpu", String(gpu), remedy), { cause });
  }
}

async function loadModel(
  llama: Llama,
  path: string,
  { signal, onProgress }: LlamaSettings,
  log: readonly string[],
): Promise<LlamaModel> {
  try {
    return await llama.loadModel({
      modelPath: path,
      ...(signal ? { loadSignal: signal } : {}),
      ...(onProgress ? { onLoadProgress: onProgress } : {}),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    if (isMemoryError(cause)) throw outOfMemory(cause);
    const received = log.length > 0 ? log.join("; ") : String(cause);
    throw new V2LError("MODEL_UNREADABLE", expected("a model llama.cpp loads", path, received), {
      cause,
    });
  }
}

async function createContext(
  llama: Llama,
  model: LlamaModel,
  settings: LlamaSettings,
): Promise<LlamaContext> {
  const { contextSize, parallel, threads, batchSize, kvCache, signal } = settings;
  const exact = { experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32" } as const;
  // On a processor it is made for 64 tokens of a sequence or more, and up to 17 times as slow with fewer.
  const flashAttention = llama.gpu !== false && kvCache === "F16";
  try {
    return await model.createContext({
      // The sequence refuses the token that would fill its last cell.
      contextSize: contextSize + 1,
      sequences: parallel,
      batchSize,
      threads,
      swaFullCache: true,
      failedCreationRemedy: false,
      flashAttention: flashAttention ? "auto" : false,
      ...(kvCache === "F32" ? exact : {}),
      ...(signal ? { createSignal: signal } : {}),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw outOfMemory(cause);
  }
}

function isMemoryError(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === "InsufficientMemoryError";
}

function outOfMemory(cause: unknown): V2LError {
  const remedy = "Use fewer parallel sequences, a smaller `contextSize`, or a smaller model";
  return new V2LError(
    "RUNTIME",
    expected("memory for model and context", "contextSize", String(cause), remedy),
    { cause },
  );
}
