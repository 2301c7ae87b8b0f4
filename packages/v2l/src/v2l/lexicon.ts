import { expected, type TensorData, toFloat32, V2LError } from "@v2l/nn";
import type { ImageEmbedding } from "@v2l/onnx";
import type { Bundle } from "../bundle/bundle.js";
import type { BundleManifest } from "../bundle/manifest.js";
import type { GlobalToken, LocalTokens, TokenIds } from "./tokens.js";
import { type TokenSpace, tokenId } from "./tokens-json.js";

/** What a {@link Lexicon} is made of; plain data, so that it can be sent to another thread. */
export interface LexiconParts {
  readonly manifest: BundleManifest;
  /** The vocabularies, row by row. */
  readonly local: readonly string[];
  readonly global: readonly string[];
  /** L2 norm of every global row. */
  readonly globalNorms: Float32Array;
}

/** The words of a bundle: gives the ids of the networks their words, and checks ids from outside. */
export class Lexicon {
  constructor(readonly parts: LexiconParts) {}

  static async read(bundle: Bundle): Promise<Lexicon> {
    const local = await bundle.codebook("local");
    const global = await bundle.codebook("global");
    return new Lexicon({
      manifest: bundle.manifest,
      local: local.vocabulary,
      global: global.vocabulary,
      globalNorms: rowNorms(global.embedding),
    });
  }

  get space(): TokenSpace {
    const { name, grid, codebooks } = this.parts.manifest;
    const sizes = { local: codebooks.local.size, global: codebooks.global.size };
    return { bundle: name, grid, codebooks: sizes };
  }

  /** The words of a codebook; the index is the id. */
  vocabulary(codebook: "local" | "global"): readonly string[] {
    return this.parts[codebook];
  }

  /** A grid of ids from outside, row by row, with their pieces. @throws V2LError INVALID_ARGUMENT */
  grid(ids: ArrayLike<number>): LocalTokens {
    const checked = this.localIds({ localTokens: { grid: ids }, globalTokens: [] });
    return this.localTokens(Int32Array.from(checked), 0);
  }

  /** The grid of image `n` of a batch. */
  localTokens(ids: Int32Array, n: number): LocalTokens {
    const { height, width } = this.parts.manifest.grid;
    const cells = height * width;
    const grid = ids.slice(n * cells, (n + 1) * cells);
    const pieces = Array.from(grid, (id) => this.parts.local[id] as string);
    return { grid, height, width, pieces };
  }

  /** The words of image `n` of a batch. */
  globalTokens({ indices, distances }: ImageEmbedding, n: number): GlobalToken[] {
    const { words } = this.parts.manifest.codebooks.global;
    return Array.from({ length: words }, (_, i) => {
      const id = indices[n * words + i] as number;
      const distance = distances[n * words + i] as number;
      const norm = this.parts.globalNorms[id] as number;
      // distance = 1 + norm^2 - 2 norm cosine
      const similarity = norm === 0 ? 0 : (1 + norm ** 2 - distance) / (2 * norm);
      return { id, word: this.parts.global[id] as string, similarity, distance };
    });
  }

  /** @throws V2LError INVALID_ARGUMENT where the grid has another size or an id is no row. */
  localIds({ localTokens }: TokenIds): number[] {
    const { grid, codebooks } = this.parts.manifest;
    const ids = localTokens.grid;
    if (ids.length !== grid.height * grid.width) {
      const what = `${grid.height * grid.width} ids (${grid.height}x${grid.width})`;
      const message = expected(what, "localTokens.grid", `${ids.length} ids`);
      throw new V2LError("INVALID_ARGUMENT", message);
    }
    return Array.from(ids, (id, i) => {
      return tokenId(id, `localTokens.grid[${i}]`, codebooks.local.size);
    });
  }

  /** The nearest words, as many as the decoder reads. @throws V2LError INVALID_ARGUMENT. */
  globalIds(tokens: TokenIds): number[] {
    const { words, size } = this.parts.manifest.codebooks.global;
    // Callers without types may leave them out.
    const ids = tokens.globalTokens ?? [];
    if (ids.length < words) {
      const remedy =
        "The decoder reads them beside the local grid: pass those of the image, as encode() returns them";
      const message = expected(`${words} global ids`, "globalTokens", `${ids.length}`, remedy);
      throw new V2LError("INVALID_ARGUMENT", message);
    }
    return ids.slice(0, words).map(({ id }, i) => tokenId(id, `globalTokens[${i}].id`, size));
  }
}

function rowNorms(embedding: TensorData): Float32Array {
  const [rows, width] = embedding.shape as [number, number];
  const values = toFloat32(embedding);
  return Float32Array.from({ length: rows }, (_, row) => {
    return norm(values.subarray(row * width, (row + 1) * width));
  });
}

/** Summed in double precision. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] ?? 0);
  return sum;
}

/** L2 norm, summed in double precision. */
export function norm(values: ArrayLike<number>): number {
  return Math.sqrt(dot(values, values));
}
