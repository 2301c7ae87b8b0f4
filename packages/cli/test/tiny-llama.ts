import { open } from "node:fs/promises";
import { TOKEN_KINDS, writeLlamaGguf } from "@v2l/llm";
import { fromFloat32, Random, type TensorData } from "@v2l/nn";

const CONFIG = { dim: 32, layers: 1, heads: 2, hidden: 48, normEps: 1e-5, contextSize: 1024 };

const BYTES = Array.from({ length: 256 }, (_, byte) => {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
});

/** The vocabulary of {@link tinyLlama}. */
export const TINY_PIECES: readonly string[] = ["<unk>", "<s>", "</s>", ...BYTES, "▁"];

/** Writes a language model of random weights that spells everything in bytes. */
export async function tinyLlama(path: string): Promise<string> {
  const pieces = TINY_PIECES;
  const kinds = Uint8Array.from(pieces, (_, id) => {
    if (id === 0) return TOKEN_KINDS.unknown;
    if (id < 3) return TOKEN_KINDS.control;
    return id < 259 ? TOKEN_KINDS.byte : TOKEN_KINDS.normal;
  });
  const scores = pieces.map((_, id) => -id);
  const vocabulary = { pieces, kinds, scores, bos: 1, eos: 2, unknown: 0 };
  const file = await open(path, "wx");
  await writeLlamaGguf(file, {
    name: "tiny",
    config: CONFIG,
    vocabulary,
    tensors: randomTensors(pieces.length),
    type: "F32",
  });
  await file.close();
  return path;
}

function randomTensors(size: number): Map<string, TensorData> {
  const { dim, hidden } = CONFIG;
  const random = new Random(1);
  const tensor = (rows: number, columns: number) => {
    const values = Float32Array.from({ length: rows * columns }, () => random.normal());
    return fromFloat32(values, columns === 1 ? [rows] : [rows, columns]);
  };
  const shapes: [string, number, number][] = [
    ["tok_embeddings", size, dim],
    ["layers.0.attention_norm", dim, 1],
    ["layers.0.attention.wq", dim, dim],
    ["layers.0.attention.wk", dim, dim],
    ["layers.0.attention.wv", dim, dim],
    ["layers.0.attention.wo", dim, dim],
    ["layers.0.ffn_norm", dim, 1],
    ["layers.0.feed_forward.w1", hidden, dim],
    ["layers.0.feed_forward.w2", dim, hidden],
    ["layers.0.feed_forward.w3", hidden, dim],
    ["norm", dim, 1],
    ["output", size, dim],
  ];
  return new Map(shapes.map(([name, rows, columns]) => [`${name}.weight`, tensor(rows, columns)]));
}
