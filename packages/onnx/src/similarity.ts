import type { TensorData } from "@v2l/nn";
import type { Value } from "./builder.js";
import { buildGraph, tableSpec } from "./graph.js";
import { batchOf } from "./inputs.js";
import { OnnxSession, type OnnxTensor, type SessionOptions } from "./session.js";

/** Finds the rows of a table that are most similar to a feature. */
export class SimilaritySession {
  private constructor(
    private readonly session: OnnxSession,
    private readonly width: number,
  ) {}

  /**
   * @param table rows [W,D]
   * @param count rows to find for each feature, at most W
   */
  static async create(
    table: TensorData,
    count: number,
    options: SessionOptions = {},
  ): Promise<SimilaritySession> {
    const width = table.shape[1] as number;
    const spec = tableSpec("table", table);
    const model = buildGraph(
      {
        name: "similarity",
        inputs: [{ name: "features", dtype: "float32", shape: [-1, width] }],
        build: (run, { features }) => {
          const products = run.ops.linear(features as Value, run.weight(spec), null);
          return { indices: run.ops.smallest(run.ops.affine(products, -1), count).indices };
        },
      },
      new Map([["table", table]]),
    );
    return new SimilaritySession(await OnnxSession.create(model, options), width);
  }

  /**
   * The rows with the largest dot products, largest first; of equal ones the earlier row.
   * @param features N times D
   * @returns N times `count` row numbers
   */
  async mostSimilar(features: Float32Array): Promise<Int32Array> {
    const shape = [batchOf(features.length, this.width, "features"), this.width];
    const { indices } = await this.session.run({ features: { data: features, shape } });
    return Int32Array.from((indices as OnnxTensor).data as BigInt64Array, Number);
  }

  /** Frees the table. */
  dispose(): void {
    this.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
