import { basename } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import type { LlamaModel } from "node-llama-cpp";
import { type GgufVocabulary, ggufVocabulary } from "../gguf/gguf-vocabulary.js";
import { type GgufHeader, readGgufHeader } from "../gguf/read-gguf-header.js";
import { type HubOptions, hubFile } from "../hub/index.js";
import type { LanguageModel, LanguageModelInfo } from "../language-model.js";
import { vocabularyHash } from "../vocabulary.js";
import { EmbeddedModel } from "./embedded-model.js";
import { LineTokenizer } from "./line-tokenizer.js";
import { defaultThreads, type Gpu, loadLlama } from "./llama.js";
import { Sequences } from "./sequences.js";

export interface EmbeddedOptions {
  /** Default `auto`: the best GPU that works, else the processor. */
  readonly gpu?: Gpu;
  /** Processor threads. Default: cores - 1, at least 1. */
  readonly threads?: number;
  /**
   * Most tokens of a prompt together with what is generated after it. Default: what the model was
   * trained on, at most 2048. Memory of the cache grows with `contextSize` x `parallel`.
   */
  readonly contextSize?: number;
  /** Sequences evaluated together. Default 8. */
  readonly parallel?: number;
  /**
   * Precision of the cache of keys and values. Default `F16`, as is usual. With `F32` (and a model
   * in F32) results are those of a float32 computation, for twice the memory.
   */
  readonly kvCache?: "F16" | "F32";
  /** For models given as `hf:owner/repository/file.gguf`. */
  readonly hub?: HubOptions;
  /** Stops downloading and loading. */
  readonly signal?: AbortSignal;
  /** How much of the model is loaded, 0 to 1. */
  readonly onLoad?: (fraction: number) => void;
}

const LARGEST_DEFAULT_CONTEXT = 2048;
const DEFAULT_PARALLEL = 8;
/** Tokens of a prompt evaluated at a time; a GPU needs more to be busy. */
const BLOCK = { cpu: 64, gpu: 256 } as const;
const SMALLEST_BATCH = 512;

/**
 * Opens a GGUF model in this process, by llama.cpp's prebuilt binaries: nothing is compiled.
 * @param source path of a file, or `hf:owner/repository/path/file.gguf`, with `@revision` at its end
 * where it is not `main`: the file is then downloaded once and kept
 * @throws V2LError FILE_NOT_FOUND; MODEL_UNREADABLE where the file is not GGUF, is cut short or is of
 * a kind that llama.cpp does not run; RUNTIME where llama.cpp does not run here or memory is short;
 * for downloads also SERVER_UNAVAILABLE and SERVER_REFUSED.
 */
export async function openEmbedded(
  source: string,
  options: EmbeddedOptions = {},
): Promise<LanguageModel> {
  checkOptions(options);
  const { gpu = "auto", threads = defaultThreads(), parallel = DEFAULT_PARALLEL } = options;
  const { kvCache = "F16", hub, signal, onLoad } = options;
  const path = source.startsWith("hf:") ? await hubFile(source, { ...hub, signal }) : source;
  const header = await readGgufHeader(path);
  const vocabulary = ggufVocabulary(header, path);
  const contextSize = options.contextSize ?? defaultContextSize(header);
  const block = gpu === false ? BLOCK.cpu : BLOCK.gpu;
  const { llama, model, context } = await loadLlama(path, {
    gpu,
    threads,
    contextSize,
    parallel,
    batchSize: Math.max(SMALLEST_BATCH, block * parallel),
    kvCache,
    signal,
    onProgress: onLoad,
  });
  const contextShift = { size: 1, strategy: refuseShift };
  const sequences = Array.from({ length: parallel }, () => context.getSequence({ contextShift }));
  const { pieces, kinds } = vocabulary;
  return new EmbeddedModel({
    info: modelInfo(path, vocabulary, contextSize),
    vocabulary: { pieces, kinds },
    model,
    tokenize: tokenizer(model, header, pieces),
    sequences: new Sequences(sequences, llama.gpu ? BLOCK.gpu : BLOCK.cpu, pieces.length),
    dispose: () => llama.dispose(),
  });
}

function tokenizer(
  model: LlamaModel,
  { metadata }: GgufHeader,
  pieces: readonly string[],
): (text: string) => number[] {
  const whole = (text: string): number[] => model.tokenize(text, false);
  if (!LineTokenizer.suits(metadata.get("tokenizer.ggml.model"), pieces)) return whole;
  const lines = new LineTokenizer(whole);
  return (text) => lines.ids(text);
}

function modelInfo(
  path: string,
  { pieces, bos, eos, chatTemplate }: GgufVocabulary,
  contextSize: number,
): LanguageModelInfo {
  return {
    id: basename(path, ".gguf"),
    vocabularySize: pieces.length,
    vocabularyHash: vocabularyHash(pieces),
    contextSize,
    bos,
    eos,
    chatTemplate,
  };
}

function defaultContextSize({ metadata }: GgufHeader): number {
  const trained = metadata.get(`${metadata.get("general.architecture")}.context_length`);
  return Math.min(
    typeof trained === "number" && trained > 0 ? trained : LARGEST_DEFAULT_CONTEXT,
    LARGEST_DEFAULT_CONTEXT,
  );
}

/** Arguments are checked before anything is evaluated, so that this never happens. */
function refuseShift(): never {
  throw new V2LError("CONTEXT_OVERFLOW", expected("room in the context", "tokens", "too many"));
}

function checkOptions({ threads, contextSize, parallel }: EmbeddedOptions): void {
  for (const [name, value] of Object.entries({ threads, contextSize, parallel })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new V2LError("INVALID_ARGUMENT", expected("a positive integer", name, value));
    }
  }
}
