import { expected, V2LError } from "./errors.js";
import { DTYPE_BYTES, elements, type TensorData, type Weights } from "./tensor-data.js";

/** Tensors of official files that carry nothing the networks use: counters and fixed constants. */
export function isBookkeeping(name: string): boolean {
  return (
    name.endsWith(".num_batches_tracked") ||
    name.startsWith("perceptual_loss.scaling_layer.") ||
    name.endsWith(".position_ids") ||
    name === "rope.freqs"
  );
}

/** The vision half inside an official checkpoint, `global_encoder.*`, under OpenAI's `visual.*`. */
export function mapGlobalEncoder(weights: Weights): Map<string, TensorData> {
  const prefix = "global_encoder.";
  const out = new Map<string, TensorData>();
  for (const [name, tensor] of weights) {
    if (name.startsWith(prefix)) out.set(`visual.${name.slice(prefix.length)}`, tensor);
  }
  return out;
}

const RENAMES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^vision_model\.embeddings\.class_embedding$/, "visual.class_embedding"],
  [/^vision_model\.embeddings\.position_embedding\.weight$/, "visual.positional_embedding"],
  [/^vision_model\.embeddings\.patch_embedding\./, "visual.conv1."],
  [/^vision_model\.pre_layrnorm\./, "visual.ln_pre."],
  [/^vision_model\.post_layernorm\./, "visual.ln_post."],
  [/^vision_model\.encoder\.layers\./, "visual.transformer.resblocks."],
  [/^text_model\.embeddings\.position_embedding\.weight$/, "positional_embedding"],
  [/^text_model\.embeddings\.token_embedding\./, "token_embedding."],
  [/^text_model\.final_layer_norm\./, "ln_final."],
  [/^text_model\.encoder\.layers\./, "transformer.resblocks."],
  [/^visual_projection\.weight$/, "visual.proj"],
  [/^text_projection\.weight$/, "text_projection"],
  [/\.self_attn\.q_proj\./, ".attn.in_proj_"],
  [/\.self_attn\.out_proj\./, ".attn.out_proj."],
  [/\.layer_norm1\./, ".ln_1."],
  [/\.layer_norm2\./, ".ln_2."],
  [/\.mlp\.fc1\./, ".mlp.c_fc."],
  [/\.mlp\.fc2\./, ".mlp.c_proj."],
];

/**
 * Hugging Face's CLIP (`vision_model.*`, `text_model.*`) under OpenAI's names: q, k and v are joined
 * into `in_proj`, the two projections transposed, position ids dropped.
 * @throws V2LError CHECKPOINT_MISMATCH where a part of a joined tensor is missing
 */
export function mapHuggingFaceClip(weights: Weights): Map<string, TensorData> {
  const out = new Map<string, TensorData>();
  for (const [name, tensor] of weights) {
    if (isBookkeeping(name) || /\.self_attn\.[kv]_proj\./.test(name)) continue;
    const renamed = RENAMES.reduce((text, [from, to]) => text.replace(from, to), name);
    if (/\.self_attn\.q_proj\./.test(name)) out.set(renamed, joined(weights, name));
    else if (/^(visual|text)_projection\.weight$/.test(name)) out.set(renamed, transposed(tensor));
    else out.set(renamed, tensor);
  }
  return out;
}

/** Rows of q, k and v below each other. */
function joined(weights: Weights, queryName: string): TensorData {
  const parts = ["q", "k", "v"].map((letter) => {
    const name = queryName.replace("q_proj", `${letter}_proj`);
    const part = weights.get(name);
    if (part) return part;
    throw new V2LError("CHECKPOINT_MISMATCH", expected("a tensor", name, "nothing"));
  });
  const [first] = parts as [TensorData];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part.bytes, offset);
    offset += part.bytes.length;
  }
  const [rows = 0, ...rest] = first.shape;
  return { dtype: first.dtype, shape: [3 * rows, ...rest], bytes };
}

function transposed({ dtype, shape, bytes }: TensorData): TensorData {
  const [rows, columns] = shape as [number, number];
  const size = DTYPE_BYTES[dtype];
  const out = new Uint8Array(elements(shape) * size);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * size;
      out.set(bytes.subarray(from, from + size), (column * rows + row) * size);
    }
  }
  return { dtype, shape: [columns, rows], bytes: out };
}

/**
 * LPIPS weights from torchvision's VGG16 (`features.N.*`; its classifier is left out) and the lpips
 * package's linear layers (`linI.model.1.weight`), under the official checkpoint's names.
 */
export function mapLpips(vgg: Weights, lins: Weights): Map<string, TensorData> {
  const out = new Map<string, TensorData>();
  const starts = [0, 5, 10, 17, 24];
  for (const [name, tensor] of vgg) {
    const index = /^features\.(\d+)\./.exec(name)?.[1];
    if (index === undefined) continue;
    const slice = starts.filter((start) => Number(index) >= start).length;
    out.set(name.replace("features", `perceptual_loss.net.slice${slice}`), tensor);
  }
  for (const [name, tensor] of lins) {
    if (/^lin\d\./.test(name)) out.set(`perceptual_loss.${name}`, tensor);
  }
  return out;
}
