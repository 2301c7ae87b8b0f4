import {
  elements,
  expected,
  type LlamaConfig,
  type TensorData,
  toFloat32,
  V2LError,
} from "@v2l/nn";

/** A tensor as the file has it. */
export interface LlamaTensor {
  /** Its name in GGUF: `blk.0.attn_q.weight`. */
  readonly name: string;
  /** Row-major: [outputs, inputs]. */
  readonly shape: readonly number[];
  /** Heads of the rows to which rotary positions are applied; null for other tensors. */
  readonly rotaryHeads: number | null;
}

/** Names inside a layer: GGUF, the official checkpoints, Hugging Face. */
const LAYER_NAMES = [
  ["attn_norm", "attention_norm", "input_layernorm"],
  ["attn_q", "attention.wq", "self_attn.q_proj"],
  ["attn_k", "attention.wk", "self_attn.k_proj"],
  ["attn_v", "attention.wv", "self_attn.v_proj"],
  ["attn_output", "attention.wo", "self_attn.o_proj"],
  ["ffn_norm", "ffn_norm", "post_attention_layernorm"],
  ["ffn_gate", "feed_forward.w1", "mlp.gate_proj"],
  ["ffn_down", "feed_forward.w2", "mlp.down_proj"],
  ["ffn_up", "feed_forward.w3", "mlp.up_proj"],
] as const;

/** Names outside the layers. */
const OUTER_NAMES = [
  ["token_embd", "tok_embeddings", "model.embed_tokens"],
  ["output_norm", "norm", "model.norm"],
  ["output", "output", "lm_head"],
] as const;

/** Tables of rotary frequencies, which checkpoints carry and the configuration determines. */
const IGNORED = /(^|\.)(rope\.freqs|rotary_emb\.inv_freq)$/;

/** Every tensor of the network, in the order of the file. */
export function llamaTensors(config: LlamaConfig, vocabularySize: number): LlamaTensor[] {
  const { dim, hidden, heads, kvHeads = heads } = config;
  const kvDim = (dim / heads) * kvHeads;
  const tensor = (name: string, shape: number[], rotaryHeads: number | null = null) => {
    return { name: `${name}.weight`, shape, rotaryHeads };
  };
  const layer = (index: number): LlamaTensor[] => {
    const block = `blk.${index}`;
    return [
      tensor(`${block}.attn_norm`, [dim]),
      tensor(`${block}.attn_q`, [dim, dim], heads),
      tensor(`${block}.attn_k`, [kvDim, dim], kvHeads),
      tensor(`${block}.attn_v`, [kvDim, dim]),
      tensor(`${block}.attn_output`, [dim, dim]),
      tensor(`${block}.ffn_norm`, [dim]),
      tensor(`${block}.ffn_gate`, [hidden, dim]),
      tensor(`${block}.ffn_down`, [dim, hidden]),
      tensor(`${block}.ffn_up`, [hidden, dim]),
    ];
  };
  return [
    tensor("token_embd", [vocabularySize, dim]),
    ...Array.from({ length: config.layers }, (_, index) => layer(index)).flat(),
    tensor("output_norm", [dim]),
    ...(config.tiedEmbeddings ? [] : [tensor("output", [vocabularySize, dim])]),
  ];
}

/** Where a tensor of a checkpoint belongs. */
export interface TensorOrigin {
  /** Its name in GGUF. */
  readonly name: string;
  readonly naming: "official" | "huggingface";
}

/**
 * The place of an official (`layers.0.attention.wq.weight`) or Hugging Face
 * (`model.layers.0.self_attn.q_proj.weight`) tensor; null where it is a table of rotary frequencies.
 * @throws INVALID_ARGUMENT for a name of neither convention
 */
export function tensorOrigin(name: string): TensorOrigin | null {
  if (IGNORED.test(name)) return null;
  const [, huggingface, index, rest] = /^(model\.)?layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  if (index !== undefined) {
    const column = huggingface ? 2 : 1;
    const names = LAYER_NAMES.find((row) => row[column] === rest);
    if (names) {
      return {
        name: `blk.${Number(index)}.${names[0]}.weight`,
        naming: huggingface ? "huggingface" : "official",
      };
    }
  }
  const names = OUTER_NAMES.find(
    (row) => name === `${row[1]}.weight` || name === `${row[2]}.weight`,
  );
  if (names) {
    const naming = name === `${names[2]}.weight` ? "huggingface" : "official";
    return { name: `${names[0]}.weight`, naming };
  }
  throw new V2LError(
    "INVALID_ARGUMENT",
    expected("a name of an official or Hugging Face LLaMA tensor", "tensors", name),
  );
}

/**
 * The official name of a tensor of a GGUF file.
 * @throws UNSUPPORTED for one that a LLaMA does not have
 */
export function officialName(name: string): string {
  const [, index, within] = /^blk\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  const inner = LAYER_NAMES.find(([gguf]) => gguf === within);
  if (inner) return `layers.${index}.${inner[1]}.weight`;
  const outer = OUTER_NAMES.find(([gguf]) => name === `${gguf}.weight`);
  if (outer) return `${outer[1]}.weight`;
  throw new V2LError("UNSUPPORTED", expected("a tensor of a LLaMA", "tensors", name));
}

/**
 * The values with rows in the order of the file. Rotary positions turn neighbouring rows (2i, 2i + 1)
 * of a head together, as in the official checkpoints; Hugging Face pairs rows i and i + half.
 */
export function fileOrder(
  tensor: TensorData,
  { rotaryHeads, shape }: LlamaTensor,
  naming: TensorOrigin["naming"],
): Float32Array {
  const values = toFloat32(tensor);
  if (rotaryHeads === null || naming === "official") return values;
  const [rows = 0, width = 0] = shape;
  const headRows = rows / rotaryHeads;
  const half = headRows / 2;
  const out = new Float32Array(elements(shape));
  for (let row = 0; row < rows; row++) {
    const within = row % headRows;
    const source = row - within + (within % 2) * half + Math.floor(within / 2);
    out.set(values.subarray(source * width, (source + 1) * width), row * width);
  }
  return out;
}
