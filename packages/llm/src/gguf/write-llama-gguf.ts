import type { FileHandle } from "node:fs/promises";
import { elements, expected, type LlamaConfig, type TensorData, V2LError } from "@v2l/nn";
import type { LanguageModelVocabulary } from "../language-model.js";
import { firstRepeated } from "../vocabulary.js";
import { ALIGNMENT, align, TENSOR_TYPES } from "./format.js";
import { encodeHeader, type TensorEntry, type TypedValue } from "./header-writer.js";
import { fileOrder, type LlamaTensor, llamaTensors, tensorOrigin } from "./llama-tensors.js";
import { Q8_0_BLOCK } from "./quantize.js";
import { encodeValues, type GgufWeightType, writeAt } from "./values.js";

/** A SentencePiece BPE vocabulary, as LLaMA's. */
export interface LlamaVocabulary extends LanguageModelVocabulary {
  /** Of the neighbours that could merge, those whose union scores highest merge first. */
  readonly scores: ArrayLike<number>;
  readonly bos: number;
  readonly eos: number;
  readonly unknown: number;
  /** A blank is put before every text (SentencePiece's dummy prefix). True by default. */
  readonly addSpacePrefix?: boolean;
}

export interface LlamaGguf {
  /** Names the model to a person. */
  readonly name: string;
  readonly config: LlamaConfig;
  readonly vocabulary: LlamaVocabulary;
  /**
   * Every tensor once, in any order, under its official name (`layers.0.attention.wq.weight`) or its
   * Hugging Face name (`model.layers.0.self_attn.q_proj.weight`), any floating-point type. Rows of
   * queries and keys lie as the name's convention has them: rotary pairs are neighbours in official
   * tensors and half a head apart in Hugging Face's, which are reordered here.
   */
  readonly tensors:
    | Iterable<readonly [string, TensorData]>
    | AsyncIterable<readonly [string, TensorData]>;
  readonly type: GgufWeightType;
}

/** Numbers of `general.file_type`, and of the element types. */
const FILE_TYPES = { F32: 0, F16: 1, Q8_0: 7 } as const;
const ELEMENT_TYPES = { F32: 0, F16: 1, Q8_0: 8 } as const;

/** A tensor with the place and type it has in the file. */
interface Placed extends TensorEntry {
  readonly tensor: LlamaTensor;
  readonly stored: GgufWeightType;
}

/**
 * Writes a LLaMA model as GGUF version 3 into an open, empty file, holding one tensor in memory at a
 * time. Inside `atomicWrite` the file appears as a whole or not at all:
 * `atomicWrite(path, (file) => writeLlamaGguf(file, model))`.
 * @throws INVALID_ARGUMENT where sizes do not fit together, or a tensor is missing, unknown, given
 * twice or of another shape than the configuration says.
 */
export async function writeLlamaGguf(file: FileHandle, model: LlamaGguf): Promise<void> {
  const { config, vocabulary, type } = model;
  checkConfig(config, type);
  checkVocabulary(vocabulary);
  const placed = place(llamaTensors(config, vocabulary.pieces.length), type);
  const header = encodeHeader(metadata(model), [...placed.values()]);
  await writeAt(file, header, 0);
  const missing = new Set(placed.keys());
  for await (const [name, tensor] of model.tensors) {
    const origin = tensorOrigin(name);
    if (origin === null) continue;
    const entry = placed.get(origin.name);
    if (entry === undefined || !missing.delete(origin.name)) {
      throw invalid("each tensor of the configuration once", "tensors", name);
    }
    checkShape(name, tensor, entry.shape);
    const values = fileOrder(tensor, entry.tensor, origin.naming);
    await writeAt(file, encodeValues(values, entry.stored), header.length + entry.offset);
  }
  if (missing.size > 0) throw invalid("every tensor", "tensors", `none for ${[...missing]}`);
  await file.truncate(header.length + dataLength(placed));
}

function place(tensors: readonly LlamaTensor[], type: GgufWeightType): Map<string, Placed> {
  const placed = new Map<string, Placed>();
  let offset = 0;
  for (const tensor of tensors) {
    const { name, shape } = tensor;
    const stored = shape.length === 1 ? "F32" : type;
    placed.set(name, { name, shape, type: ELEMENT_TYPES[stored], offset, tensor, stored });
    offset = align(offset + byteLength(shape, stored), ALIGNMENT);
  }
  return placed;
}

/** Bytes from the start of the tensors to the end of the file, which is padded too. */
function dataLength(placed: ReadonlyMap<string, Placed>): number {
  const last = [...placed.values()].at(-1) as Placed;
  return align(last.offset + byteLength(last.shape, last.stored), ALIGNMENT);
}

function byteLength(shape: readonly number[], type: GgufWeightType): number {
  const { elements: block = 1, bytes = 0 } = TENSOR_TYPES.get(ELEMENT_TYPES[type]) ?? {};
  return (elements(shape) / block) * bytes;
}

function metadata({ name, config, vocabulary, type }: LlamaGguf): Map<string, TypedValue> {
  const { dim, heads, kvHeads = heads, ropeTheta = 10000 } = config;
  const uint32 = (value: number): TypedValue => ({ type: "uint32", value });
  const float32 = (value: number): TypedValue => ({ type: "float32", value });
  const string = (value: string): TypedValue => ({ type: "string", value });
  const bool = (value: boolean): TypedValue => ({ type: "bool", value });
  return new Map<string, TypedValue>([
    ["general.architecture", string("llama")],
    ["general.name", string(name)],
    ["general.file_type", uint32(FILE_TYPES[type])],
    ["general.quantization_version", uint32(2)],
    ["llama.vocab_size", uint32(vocabulary.pieces.length)],
    ["llama.context_length", uint32(config.contextSize)],
    ["llama.embedding_length", uint32(dim)],
    ["llama.block_count", uint32(config.layers)],
    ["llama.feed_forward_length", uint32(config.hidden)],
    ["llama.attention.head_count", uint32(heads)],
    ["llama.attention.head_count_kv", uint32(kvHeads)],
    ["llama.attention.layer_norm_rms_epsilon", float32(config.normEps)],
    ["llama.rope.dimension_count", uint32(dim / heads)],
    ["llama.rope.freq_base", float32(ropeTheta)],
    ["tokenizer.ggml.model", string("llama")],
    ["tokenizer.ggml.pre", string("default")],
    ["tokenizer.ggml.tokens", { type: "strings", value: vocabulary.pieces }],
    ["tokenizer.ggml.scores", { type: "float32s", value: vocabulary.scores }],
    ["tokenizer.ggml.token_type", { type: "int32s", value: vocabulary.kinds }],
    ["tokenizer.ggml.bos_token_id", uint32(vocabulary.bos)],
    ["tokenizer.ggml.eos_token_id", uint32(vocabulary.eos)],
    ["tokenizer.ggml.unknown_token_id", uint32(vocabulary.unknown)],
    ["tokenizer.ggml.add_bos_token", bool(true)],
    ["tokenizer.ggml.add_eos_token", bool(false)],
    ["tokenizer.ggml.add_space_prefix", bool(vocabulary.addSpacePrefix ?? true)],
  ]);
}

function checkConfig(config: LlamaConfig, type: GgufWeightType): void {
  const { dim, layers, heads, kvHeads = heads, hidden, contextSize, normEps } = config;
  for (const [name, value] of Object.entries({
    dim,
    layers,
    heads,
    kvHeads,
    hidden,
    contextSize,
  })) {
    if (!Number.isSafeInteger(value) || value < 1) throw invalid("a positive integer", name, value);
  }
  if (!(normEps > 0)) throw invalid("a positive number", "normEps", normEps);
  if (dim % (2 * heads) !== 0) throw invalid("a multiple of 2 x heads", "dim", dim);
  if (heads % kvHeads !== 0) throw invalid("a divisor of heads", "kvHeads", kvHeads);
  if (type === "Q8_0" && (dim % Q8_0_BLOCK !== 0 || hidden % Q8_0_BLOCK !== 0)) {
    throw invalid(`multiples of ${Q8_0_BLOCK} for Q8_0`, "dim, hidden", `${dim}, ${hidden}`);
  }
}

function checkVocabulary({ pieces, kinds, scores, bos, eos, unknown }: LlamaVocabulary): void {
  const size = pieces.length;
  if (size === 0 || kinds.length !== size || scores.length !== size) {
    throw invalid(
      "one score and one kind for each piece",
      "vocabulary",
      `${size} pieces, ${scores.length} scores, ${kinds.length} kinds`,
    );
  }
  const repeated = firstRepeated(pieces);
  if (repeated !== null) throw invalid("pieces that differ", "vocabulary", repeated);
  for (const [name, id] of Object.entries({ bos, eos, unknown })) {
    if (!Number.isInteger(id) || id < 0 || id >= size) {
      throw invalid(`an id from 0 to ${size - 1}`, `vocabulary.${name}`, id);
    }
  }
}

function checkShape(name: string, tensor: TensorData, shape: readonly number[]): void {
  if (`${tensor.shape}` !== `${shape}`) throw invalid(`shape [${shape}]`, name, tensor.shape);
}

function invalid(what: string, name: string, received: unknown): V2LError {
  return new V2LError("INVALID_ARGUMENT", expected(what, name, received));
}
