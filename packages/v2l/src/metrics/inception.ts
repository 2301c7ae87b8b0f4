import {
  checkWeights,
  INCEPTION_CLASSES,
  INCEPTION_SIZE,
  inceptionNetwork,
  isBookkeeping,
} from "@v2l/nn";
import { InceptionSession, type SessionOptions } from "@v2l/onnx";
import { readWeights } from "../checkpoint/read-weights.js";
import { checkImage, type Image } from "../image/image.js";
import { interpolate } from "../image/interpolate.js";
import { unitPlanes } from "../image/preprocess.js";
import { requireMetricWeights } from "./metric-weights.js";

export { INCEPTION_CLASSES, INCEPTION_FEATURES } from "@v2l/nn";

/** What Inception sees in images, one row for each. */
export interface InceptionMeasures {
  /** Pooled features, N times 2048: for {@link FeatureStatistics}, whose Frechet distance is the FID. */
  readonly features: Float32Array;
  /** Class probabilities, N times 1008: for {@link InceptionScore}. */
  readonly probabilities: Float32Array;
}

/**
 * The Inception-v3 of FID and Inception score, on ONNX Runtime. Features and resizing are pytorch-fid's; the
 * probabilities are the softmax of the logits without their bias over all 1008 classes, as in the
 * original code of the score and in torch-fidelity. (The V2L Tokenizer's evaluation takes torchvision's
 * ImageNet network for the score, whose values are not comparable.)
 */
export class Inception {
  private constructor(private readonly session: InceptionSession) {}

  /**
   * @param path `pt_inception-2015-12-05-6726825d.pth`, or the same tensors as safetensors
   * @throws V2LError WEIGHTS_MISSING where there is no such file; CHECKPOINT_UNSAFE, CHECKPOINT_UNREADABLE;
   *   CHECKPOINT_MISMATCH listing the tensors that are missing, unexpected or misshapen
   */
  static async load(path: string, options: SessionOptions = {}): Promise<Inception> {
    const weights = await readWeights(requireMetricWeights("inception", path), {
      select: (name) => !isBookkeeping(name),
    });
    checkWeights(inceptionNetwork().params, weights);
    return new Inception(await InceptionSession.create(weights, options));
  }

  /**
   * What the network sees in images of any sizes, all in one batch.
   * @throws V2LError INVALID_ARGUMENT, DISPOSED
   */
  async measure(images: readonly Image[]): Promise<InceptionMeasures> {
    const length = 3 * INCEPTION_SIZE ** 2;
    const pixels = new Float32Array(images.length * length);
    images.forEach((image, n) => {
      inceptionInput(image, pixels.subarray(n * length, (n + 1) * length));
    });
    const { features, logits } = await this.session.run(pixels);
    return { features, probabilities: softmaxRows(logits, INCEPTION_CLASSES) };
  }

  /** Frees the network. Using this object afterwards throws DISPOSED. */
  dispose(): void {
    this.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Inception's input [3,299,299] in [-1,1]: the whole picture, bilinear without antialias, whatever its shape.
 * @param out where the values go; default a new array
 */
export function inceptionInput(
  image: Image,
  out: Float32Array = new Float32Array(3 * INCEPTION_SIZE ** 2),
): Float32Array {
  const planes = unitPlanes(checkImage(image));
  const to = { width: INCEPTION_SIZE, height: INCEPTION_SIZE };
  const pixels = image.width * image.height;
  for (let c = 0; c < 3; c++) {
    const plane = planes.subarray(c * pixels, (c + 1) * pixels);
    interpolate(plane, image, to, out.subarray((c * out.length) / 3, ((c + 1) * out.length) / 3));
  }
  return out;
}

function softmaxRows(logits: Float32Array, width: number): Float32Array {
  const out = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += width) {
    const row = logits.subarray(start, start + width);
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = Float64Array.from(row, (logit) => Math.exp(logit - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    out.set(
      powers.map((power) => power / sum),
      start,
    );
  }
  return out;
}
