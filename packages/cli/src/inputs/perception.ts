import { sha256OfFile } from "@v2l/llm";
import type { SessionOptions } from "@v2l/onnx";
import {
  describeMissingWeights,
  type FeatureNetwork,
  INCEPTION_CLASSES,
  INCEPTION_FEATURES,
  Inception,
  Lpips,
  type MetricWeightsName,
  type Perception,
  requireMetricWeights,
} from "v2l";

/** Where the weights of metrics lie. */
export interface PerceptionOptions {
  readonly inception: string | undefined;
  readonly vgg: string | undefined;
  readonly lpips: string | undefined;
  readonly device: NonNullable<SessionOptions["device"]>;
  readonly threads: number | undefined;
}

/** What is measured beside pixels, and what is not. */
export interface Measured {
  /** SHA-256 (hex) of each file of weights. */
  readonly weights: Readonly<Record<string, string>>;
  /** A sentence for each file that is missing: what is left out, and where it is published. */
  readonly leftOut: readonly string[];
}

/**
 * Loads the networks whose weights are given, runs `work` with them and frees them.
 * @throws V2LError WEIGHTS_MISSING where a file that was named is not there; what `Inception.load` and
 *   `Lpips.load` throw
 */
export async function withPerception<T>(
  options: PerceptionOptions,
  work: (perception: Perception, measured: Measured) => Promise<T>,
): Promise<T> {
  const { inception, vgg, lpips, device, threads } = options;
  const session: SessionOptions = { device, ...(threads === undefined ? {} : { threads }) };
  const files = { inception, vgg16: vgg, lpips };
  const measured = await describe(files);
  const seeing = inception === undefined ? null : await Inception.load(inception, session);
  try {
    const comparing =
      vgg === undefined || lpips === undefined
        ? null
        : await Lpips.load({ vgg16: vgg, lpips }, session);
    try {
      const perception: Perception = {
        networks: seeing === null ? [] : [inceptionNetwork(seeing)],
        ...(comparing === null ? {} : { distances: (pairs) => comparing.distances(pairs) }),
      };
      return await work(perception, measured);
    } finally {
      comparing?.dispose();
    }
  } finally {
    seeing?.dispose();
  }
}

async function describe(
  files: Readonly<Record<MetricWeightsName, string | undefined>>,
): Promise<Measured> {
  const weights: Record<string, string> = {};
  const leftOut: string[] = [];
  for (const [key, path] of Object.entries(files)) {
    const name = key as MetricWeightsName;
    if (path === undefined) leftOut.push(describeMissingWeights(name));
    else weights[name] = await sha256OfFile(requireMetricWeights(name, path));
  }
  return { weights, leftOut };
}

/** Pictures that Inception sees at once. */
const BATCH = 16;
/** Features lie between 0 and about 10: 14 bits keep sums over 65,536 pictures exact. */
const FEATURE_BITS = 14;

function inceptionNetwork(inception: Inception): FeatureNetwork {
  const measure: FeatureNetwork["measure"] = async (images) => {
    const rows: Float32Array[] = [];
    for (let first = 0; first < images.length; first += BATCH) {
      const batch = images.slice(first, first + BATCH);
      const { features, probabilities } = await inception.measure(batch);
      for (let n = 0; n < batch.length; n++) {
        const row = new Float32Array(INCEPTION_FEATURES + INCEPTION_CLASSES);
        row.set(features.subarray(n * INCEPTION_FEATURES, (n + 1) * INCEPTION_FEATURES));
        const classes = probabilities.subarray(n * INCEPTION_CLASSES, (n + 1) * INCEPTION_CLASSES);
        row.set(classes, INCEPTION_FEATURES);
        rows.push(row);
      }
    }
    return rows;
  };
  return {
    name: "Inception",
    features: INCEPTION_FEATURES,
    classes: INCEPTION_CLASSES,
    bits: FEATURE_BITS,
    measure,
  };
}
