import { checkWeights, expected, lpipsNetwork, mapLpips, V2LError, type Weights } from "@v2l/nn";
import { LpipsSession, type SessionOptions } from "@v2l/onnx";
import { readWeights } from "../checkpoint/read-weights.js";
import { checkImage, type Image } from "../image/image.js";
import { unitPlanes } from "../image/preprocess.js";
import { requireMetricWeights } from "./metric-weights.js";
import { checkSizes } from "./region.js";

/** Where LPIPS's weights are. */
export type LpipsFiles =
  | {
      /** torchvision's `vgg16-397923af.pth`; its classifier is not read. */
      readonly vgg16: string;
      /**
       * The linear layers: `vgg.pth` of the lpips package (v0.1), which taming-transformers and the V2L Tokenizer
       * publish under the same name.
       */
      readonly lpips: string;
    }
  | {
      /** An official tokenizer checkpoint, which carries both under `perceptual_loss.*`. */
      readonly checkpoint: string;
    };

interface Session {
  readonly size: string;
  readonly network: LpipsSession;
}

/** Sides below this have no pixel left in VGG16's last slice. */
const MIN_SIDE = 16;

/**
 * LPIPS on VGG16 (Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018), version 0.1:
 * the metric of the paper's training loss. (The official evaluation calls pyiqa's `lpips`, which is on
 * AlexNet, and gives it values in [-1,1] where it expects [0,1].)
 */
export class Lpips {
  /** For the size of the latest pictures. */
  private session: Session | null = null;
  private disposed = false;

  private constructor(
    private readonly weights: Weights,
    private readonly options: SessionOptions,
  ) {}

  /**
   * @throws V2LError WEIGHTS_MISSING where a file is not there; CHECKPOINT_UNSAFE, CHECKPOINT_UNREADABLE;
   *   CHECKPOINT_MISMATCH listing the tensors that are missing or misshapen
   */
  static async load(files: LpipsFiles, options: SessionOptions = {}): Promise<Lpips> {
    return new Lpips(await readLpipsWeights(files), options);
  }

  /**
   * The distance of each pair, 0 for equal pictures. The network is made anew where the size differs from
   * that of the call before.
   * @param pairs pictures of one size, each side at least 16 pixels
   * @throws V2LError INVALID_ARGUMENT, DISPOSED
   */
  async distances(pairs: readonly (readonly [Image, Image])[]): Promise<number[]> {
    this.checkLive();
    const [first] = pairs[0] ?? [];
    if (first === undefined) return [];
    for (const image of pairs.flat()) checkSizes(first, checkImage(image));
    const size = `${first.width}x${first.height}`;
    // Another call may put a network of its own size here meanwhile, but not between here and the run.
    while (this.session?.size !== size) await this.renew(size, first);
    this.checkLive();
    const { network } = this.session;
    const [a, b] = [0, 1].map((side) => stacked(pairs.map((pair) => pair[side] as Image)));
    return [...(await network.distances(a as Float32Array, b as Float32Array))];
  }

  /** Frees the network. Using this object afterwards throws DISPOSED. */
  dispose(): void {
    this.disposed = true;
    this.session?.network.dispose();
    this.session = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private async renew(size: string, { width, height }: Image): Promise<void> {
    if (Math.min(width, height) < MIN_SIDE) {
      const what = `pictures of at least ${MIN_SIDE}x${MIN_SIDE}`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "pairs", size));
    }
    const { weights, options } = this;
    const network = await LpipsSession.create({ ...options, weights, width, height });
    this.session?.network.dispose();
    this.session = { size, network };
    if (this.disposed) network.dispose();
  }

  private checkLive(): void {
    if (!this.disposed) return;
    throw new V2LError("DISPOSED", expected("a live Lpips", "lpips", "a disposed one"));
  }
}

/**
 * The tensors of `lpipsNetwork`, under the official checkpoint's names.
 * @throws V2LError see {@link Lpips.load}
 */
export async function readLpipsWeights(files: LpipsFiles): Promise<Weights> {
  const { params } = lpipsNetwork();
  const names = new Set(params.map(({ name }) => name));
  const weights =
    "checkpoint" in files
      ? await readWeights(files.checkpoint, { select: (name) => names.has(name) })
      : mapLpips(
          await readWeights(requireMetricWeights("vgg16", files.vgg16), {
            select: (name) => name.startsWith("features."),
          }),
          await readWeights(requireMetricWeights("lpips", files.lpips)),
        );
  checkWeights(params, weights);
  return weights;
}

function stacked(images: readonly Image[]): Float32Array {
  const length = images[0]?.data.length ?? 0;
  const out = new Float32Array(images.length * length);
  images.forEach((image, n) => {
    unitPlanes(image, out.subarray(n * length, (n + 1) * length));
  });
  return out;
}
