import { type ClipConfig, type ClipNetwork, clipNetwork, unitNorm, type Weights } from "@v2l/nn";
import { noGrad, scope, type Tensor, TorchOps, tensor } from "@v2l/torch";
import { clipInput, type Image } from "v2l";
import { Parameters } from "../run/parameters.js";
import { joinTexts } from "./batch.js";

/** A frozen CLIP on libtorch: pictures and texts to unit vectors. */
export class ClipEmbedder {
  private readonly network: ClipNetwork;
  private readonly parameters: Parameters;
  private readonly ops: TorchOps;

  /** @throws V2LError CHECKPOINT_MISMATCH */
  constructor(
    readonly config: ClipConfig,
    weights: Weights,
    device = "cpu",
  ) {
    this.ops = new TorchOps(device);
    this.network = clipNetwork(config);
    this.parameters = new Parameters(this.ops, this.network.params, weights, false);
  }

  /** Width of the embeddings. */
  get width(): number {
    return this.config.embedDim;
  }

  /** One embedding per picture [N,width], not normalised, row by row. */
  images(images: readonly Image[]): Float32Array {
    const { imageSize } = this.config.vision;
    const planes = 3 * imageSize * imageSize;
    const pixels = new Float32Array(images.length * planes);
    images.forEach((image, i) => {
      clipInput(image, imageSize, pixels.subarray(i * planes, (i + 1) * planes));
    });
    const shape = [images.length, 3, imageSize, imageSize];
    return this.compute((run) =>
      this.network.encodeImage(run, tensor(pixels, shape, { device: this.ops.device })),
    );
  }

  /** One unit vector per row of token ids [N,width], row by row. */
  texts(rows: readonly (readonly number[])[]): Float32Array {
    const { ids, length } = joinTexts(rows);
    const options = { device: this.ops.device };
    return this.compute((run) => {
      const embedded = this.network.encodeText(run, tensor(ids, [rows.length, length], options));
      return unitNorm(this.ops, embedded, 1);
    });
  }

  dispose(): void {
    this.parameters.dispose();
  }

  private compute(embed: (run: ReturnType<Parameters["run"]>) => Tensor): Float32Array {
    return noGrad(() => scope(() => embed(this.parameters.run(false)).toFloat32Array()));
  }
}
