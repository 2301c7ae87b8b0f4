import { INCEPTION_SIZE, inceptionNetwork, type Weights } from "@v2l/nn";
import type { Value } from "./builder.js";
import { buildGraph } from "./graph.js";
import { batchOf } from "./inputs.js";
import { OnnxSession, type SessionOptions } from "./session.js";

/** What {@link InceptionSession.run} gives, one row per image. */
export interface InceptionOutput {
  /** N times 2048. */
  readonly features: Float32Array;
  /** N times 1008, without bias. */
  readonly logits: Float32Array;
}

/** The Inception-v3 of image metrics, ready to run. */
export class InceptionSession {
  private constructor(private readonly session: OnnxSession) {}

  /**
   * @param weights under torchvision's names, see `inceptionNetwork`
   * @throws V2LError CHECKPOINT_MISMATCH where a weight is missing or has another shape
   */
  static async create(weights: Weights, options: SessionOptions = {}): Promise<InceptionSession> {
    const network = inceptionNetwork();
    const model = buildGraph(
      {
        name: "inception",
        inputs: [
          { name: "image", dtype: "float32", shape: [-1, 3, INCEPTION_SIZE, INCEPTION_SIZE] },
        ],
        build: (run, { image }) => ({ ...network.forward(run, image as Value) }),
      },
      weights,
    );
    return new InceptionSession(await OnnxSession.create(model, options));
  }

  /** @param images [N,3,299,299] in [-1,1] */
  async run(images: Float32Array): Promise<InceptionOutput> {
    const batch = batchOf(images.length, 3 * INCEPTION_SIZE ** 2, "images");
    const shape = [batch, 3, INCEPTION_SIZE, INCEPTION_SIZE];
    const { features, logits } = await this.session.run({ image: { data: images, shape } });
    return { features: features?.data as Float32Array, logits: logits?.data as Float32Array };
  }

  /** Frees the network. */
  dispose(): void {
    this.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
