import { lpipsNetwork, type Weights } from "@v2l/nn";
import type { Value } from "./builder.js";
import { buildGraph } from "./graph.js";
import { batchOf } from "./inputs.js";
import { OnnxSession, type OnnxTensor, type SessionOptions } from "./session.js";

export interface LpipsSessionOptions extends SessionOptions {
  /** Under the official checkpoint's names, see `lpipsNetwork`. */
  readonly weights: Weights;
  /** Of the images, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** LPIPS on VGG16 for images of one size, ready to run. */
export class LpipsSession {
  private constructor(
    private readonly session: OnnxSession,
    private readonly shape: readonly number[],
  ) {}

  /** @throws V2LError CHECKPOINT_MISMATCH where a weight is missing or has another shape */
  static async create(options: LpipsSessionOptions): Promise<LpipsSession> {
    const { weights, width, height } = options;
    const shape = [3, height, width];
    const network = lpipsNetwork();
    const model = buildGraph(
      {
        name: "lpips",
        inputs: ["a", "b"].map((name) => ({
          name,
          dtype: "float32" as const,
          shape: [-1, ...shape],
        })),
        build: (run, { a, b }) => ({ distance: network.forward(run, a as Value, b as Value) }),
      },
      weights,
    );
    return new LpipsSession(await OnnxSession.create(model, options), shape);
  }

  /**
   * The distance of each pair.
   * @param a images [N,3,height,width] in [-1,1]
   * @param b as many others
   */
  async distances(a: Float32Array, b: Float32Array): Promise<Float32Array> {
    const length = this.shape.reduce((product, size) => product * size);
    const shape = [batchOf(a.length, length, "a"), ...this.shape];
    const result = await this.session.run({ a: { data: a, shape }, b: { data: b, shape } });
    return (result.distance as OnnxTensor).data as Float32Array;
  }

  /** Frees the network. */
  dispose(): void {
    this.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
