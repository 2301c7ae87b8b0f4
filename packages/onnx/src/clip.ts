import {
  type ClipConfig,
  clipNetwork,
  expected,
  globalTokens,
  type TensorData,
  unitNorm,
  V2LError,
  type Weights,
} from "@v2l/nn";
import type { Value } from "./builder.js";
import { buildGraph, tableSpec } from "./graph.js";
import { batchOf, idTensor } from "./inputs.js";
import type { OnnxModel } from "./proto.js";
import { OnnxSession, type OnnxTensor, type SessionOptions } from "./session.js";
import { LENGTH } from "./shapes.js";
import { WORDS } from "./tokenizer.js";

export interface ClipSessionsOptions extends SessionOptions {
  readonly config: ClipConfig;
  /** Under OpenAI's names; only the halves that are loaded need to be there. */
  readonly weights: Weights;
  /** Rows [W,embedDim] in which {@link ClipSessions.encodeImage} looks for words; null for none. */
  readonly globalCodebook: TensorData | null;
  /** Words per image; 21 by default, as in the official code. */
  readonly words?: number;
  /** The halves to load; both (or all that the configuration has) by default. */
  readonly halves?: readonly ("image" | "text")[];
}

export interface ImageEmbedding {
  /** Unit image features, N times embedDim. */
  readonly features: Float32Array;
  /** Global ids, nearest first, N times `words`; empty without a codebook. */
  readonly indices: Int32Array;
  /** Their squared distances to the features; empty without a codebook. */
  readonly distances: Float32Array;
}

/** The two halves of CLIP, ready to run. */
export class ClipSessions {
  private constructor(
    private readonly image: OnnxSession | null,
    private readonly text: OnnxSession | null,
    private readonly config: ClipConfig,
  ) {}

  static async create(options: ClipSessionsOptions): Promise<ClipSessions> {
    const { config, halves = ["image", "text"] } = options;
    const image = halves.includes("image")
      ? await OnnxSession.create(imageGraph(options), options)
      : null;
    try {
      const text =
        config.text && halves.includes("text")
          ? await OnnxSession.create(textGraph(options), options)
          : null;
      return new ClipSessions(image, text, config);
    } catch (error) {
      image?.dispose();
      throw error;
    }
  }

  /**
   * Images to unit features and their nearest global words.
   * @param pixels [N,3,imageSize,imageSize] after CLIP's normalisation
   */
  async encodeImage(pixels: Float32Array): Promise<ImageEmbedding> {
    const session = loaded(this.image, "image");
    const { imageSize } = this.config.vision;
    const shape = [batchOf(pixels.length, 3 * imageSize ** 2, "pixels"), 3, imageSize, imageSize];
    const result = await session.run({ pixels: { data: pixels, shape } });
    return {
      features: result.features?.data as Float32Array,
      indices: Int32Array.from((result.indices?.data ?? []) as BigInt64Array, Number),
      distances: (result.distances?.data ?? new Float32Array(0)) as Float32Array,
    };
  }

  /**
   * Texts to features, not normalised: N times embedDim. What follows the end of a text does not
   * change its feature, so short texts need no zeros behind them.
   * @param ids N times `length` token ids, start and end of text included, zeros behind
   * @param length ids of one text, up to contextLength (default)
   */
  async encodeText(
    ids: ArrayLike<number>,
    length = this.config.text?.contextLength ?? 0,
  ): Promise<Float32Array> {
    const session = loaded(this.text, "text");
    const longest = this.config.text?.contextLength ?? 0;
    if (!(Number.isInteger(length) && length >= 1 && length <= longest)) {
      const what = `an integer from 1 to ${longest}`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "length", length));
    }
    const shape = [batchOf(ids.length, length, "ids"), length];
    const limit = this.config.text?.vocabSize ?? 0;
    const { features } = await session.run({ ids: idTensor(ids, shape, limit, "ids") });
    return (features as OnnxTensor).data as Float32Array;
  }

  /** Seconds that both halves spent inside ONNX Runtime so far. */
  get runtimeSeconds(): number {
    return (this.image?.runtimeSeconds ?? 0) + (this.text?.runtimeSeconds ?? 0);
  }

  /** Frees both models. */
  dispose(): void {
    this.image?.dispose();
    this.text?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function imageGraph({
  config,
  globalCodebook,
  words = WORDS,
  weights,
}: ClipSessionsOptions): OnnxModel {
  const network = clipNetwork(config);
  const { imageSize } = config.vision;
  const tables = new Map(globalCodebook ? [["global_codebook", globalCodebook]] : []);
  return buildGraph(
    {
      name: "clip-image",
      inputs: [{ name: "pixels", dtype: "float32", shape: [-1, 3, imageSize, imageSize] }],
      build: (run, { pixels }) => {
        const feature = network.encodeImage(run, pixels as Value);
        if (!globalCodebook) return { features: unitNorm(run.ops, feature, 1) };
        const table = run.weight(tableSpec("global_codebook", globalCodebook));
        const found = globalTokens(run, feature, table, words);
        return { features: found.feature, indices: found.indices, distances: found.distances };
      },
    },
    new Map([...weights, ...tables]),
  );
}

function textGraph({ config, weights }: ClipSessionsOptions): OnnxModel {
  const network = clipNetwork(config);
  return buildGraph(
    {
      name: "clip-text",
      inputs: [{ name: "ids", dtype: "int64", shape: [-1, LENGTH] }],
      build: (run, { ids }) => ({ features: network.encodeText(run, ids as Value) }),
    },
    weights,
  );
}

function loaded(session: OnnxSession | null, half: string): OnnxSession {
  if (session) return session;
  const what = `the ${half} half of CLIP`;
  throw new V2LError("UNSUPPORTED", expected(what, "halves", "sessions without it"));
}
