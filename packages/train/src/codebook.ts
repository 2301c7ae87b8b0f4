import { join } from "node:path";
import { toFloat16 } from "@v2l/nn";
import { aten, noGrad, scope, setThreads, tensor } from "@v2l/torch";
import { type Codebook, fillTemplates, IMAGENET_TEMPLATES, type Image, readSafetensors } from "v2l";
import type { ClipTrainConfig } from "./clip/config.js";
import { ClipEmbedder } from "./clip/embedder.js";
import { demoTextEncoder } from "./clip/text-encoder.js";
import { CLIP_WEIGHTS } from "./clip/train.js";
import type { Dataset } from "./data/dataset.js";
import { PixelCache } from "./data/pixel-cache.js";
import { WorldDataset } from "./data/world.js";
import { writeFoundation } from "./foundation.js";
import { halved } from "./half.js";
import { mergeConfig, type Partially } from "./run/config.js";
import type { TrainOptions } from "./run/events.js";
import { savedConfig } from "./run/folder.js";
import { demoVocabulary, globalWords, type Piece, toTokenizerJson } from "./world/index.js";

export interface CodebookConfig {
  readonly threads: number;
  readonly device: string;
  /** Run folder of `trainClip`. */
  readonly clip: string;
  /** What the manifest says about the CLIP's origin. */
  readonly reference: string;
  /** Training scenes that vote for entries of the global codebook. */
  readonly voters: number;
  /** Entries each of them votes for. */
  readonly votesEach: number;
  /** Entries with more votes than this stay. */
  readonly votesNeeded: number;
  readonly cache: string;
}

const DEFAULTS: CodebookConfig = {
  threads: 2,
  device: "cpu",
  clip: "clip",
  reference: "demo",
  voters: 8192,
  votesEach: 5,
  votesNeeded: 5,
  cache: "cache",
};

/** Texts per forward pass. */
const TEXT_BATCH = 1280;
const IMAGE_BATCH = 64;

export interface CodebookSummary {
  readonly localEntries: number;
  readonly candidates: number;
  readonly globalEntries: number;
}

/**
 * Builds the demo's two codebooks from a trained CLIP and writes them, with the CLIP, as a foundation
 * folder for `trainTokenizer`. Local: the pieces of the demo vocabulary. Global: pieces and CLDR words
 * and phrases, filtered by the votes of training scenes.
 * @throws V2LError INVALID_ARGUMENT where `dir` has content, FILE_NOT_FOUND
 */
export async function buildCodebooks(
  fields: Partially<CodebookConfig>,
  options: Pick<TrainOptions, "dir" | "signal" | "onEvent">,
): Promise<CodebookSummary> {
  const config = mergeConfig(DEFAULTS, fields);
  setThreads(config.threads);
  const trained = savedConfig<ClipTrainConfig>(config.clip);
  const { model } = trained;
  // Rounded before anything depends on them, so that the shipped parts are those trained with.
  const weights = halved((await readSafetensors(join(config.clip, CLIP_WEIGHTS))).weights);
  const clip = new ClipEmbedder(model, weights, config.device);
  try {
    const words = new WordEmbedder(clip, options);
    const vocabulary = demoVocabulary();
    const pieces = vocabulary.pieces.map(pieceText);
    const candidates = globalWords(vocabulary.pieces);
    await words.embedAll([...pieces, ...candidates]);
    const world = await WorldDataset.open({
      count: config.voters,
      objects: trained.objects,
      cache: config.cache,
    });
    const scenes = new PixelCache(world, join(config.cache, world.fileName), world.side);
    const votes = await countVotes(scenes, clip, words.matrix(candidates), config, options);
    scenes.dispose();
    const kept = candidates.filter((_, i) => (votes[i] as number) > config.votesNeeded);
    await writeFoundation(options.dir, {
      clip: {
        config: model,
        weights,
        preprocess: "demo",
        textTokenizer: `${JSON.stringify(toTokenizerJson(vocabulary))}\n`,
        reference: config.reference,
      },
      local: words.codebook(
        pieces,
        vocabulary.pieces.map(({ piece }) => piece),
      ),
      global: words.codebook(kept, kept),
    });
    return {
      localEntries: pieces.length,
      candidates: candidates.length,
      globalEntries: kept.length,
    };
  } finally {
    clip.dispose();
  }
}

/**
 * The text of a vocabulary piece for CLIP: without the marker of a blank, as the official code has it
 * (there by decoding single ids). Byte pieces keep their spelling, which tells them apart.
 */
export function pieceText({ piece }: Piece): string {
  const text = piece.replaceAll("▁", " ").trim();
  return text === "" ? piece : text;
}

/** Means of the unit embeddings of words over the 80 templates; the means are not normalised again. */
class WordEmbedder {
  private readonly rows = new Map<string, Float32Array>();
  private readonly encode: (text: string) => readonly number[];

  constructor(
    private readonly clip: ClipEmbedder,
    private readonly options: Pick<TrainOptions, "signal" | "onEvent">,
  ) {
    const { text } = clip.config;
    this.encode = demoTextEncoder(text?.vocabSize ?? 0, text?.contextLength ?? 0);
  }

  async embedAll(words: readonly string[]): Promise<void> {
    const { signal, onEvent } = this.options;
    const missing = [...new Set(words)];
    const step = TEXT_BATCH / IMAGENET_TEMPLATES.length;
    for (let first = 0; first < missing.length; first += step) {
      signal?.throwIfAborted();
      this.embed(missing.slice(first, first + step));
      const done = Math.min(first + step, missing.length);
      onEvent?.({ type: "prepare", what: "words", done, total: missing.length });
      await new Promise(setImmediate); // lets an abort through
    }
  }

  matrix(words: readonly string[]): Float32Array {
    const { width } = this.clip;
    const out = new Float32Array(words.length * width);
    words.forEach((word, i) => {
      out.set(this.rows.get(word) as Float32Array, i * width);
    });
    return out;
  }

  codebook(words: readonly string[], vocabulary: readonly string[]): Codebook {
    const embedding = toFloat16(this.matrix(words), [words.length, this.clip.width]);
    return { embedding, vocabulary };
  }

  private embed(words: readonly string[]): void {
    const { width } = this.clip;
    const count = IMAGENET_TEMPLATES.length;
    const texts = words.flatMap((word) => fillTemplates(word));
    const embedded = this.clip.texts(texts.map((text) => this.encode(text)));
    words.forEach((word, i) => {
      const mean = new Float32Array(width);
      for (let t = 0; t < count; t++) {
        const row = (i * count + t) * width;
        for (let d = 0; d < width; d++) {
          mean[d] = (mean[d] as number) + (embedded[row + d] as number) / count;
        }
      }
      this.rows.set(word, mean);
    });
  }
}

/** How many pictures have each candidate among their most similar ones (dot product, step 3). */
async function countVotes(
  pictures: Dataset,
  clip: ClipEmbedder,
  candidates: Float32Array,
  config: CodebookConfig,
  { signal, onEvent }: Pick<TrainOptions, "signal" | "onEvent">,
): Promise<Uint32Array> {
  const size = candidates.length / clip.width;
  const votes = new Uint32Array(size);
  for (let first = 0; first < pictures.length; first += IMAGE_BATCH) {
    signal?.throwIfAborted();
    const count = Math.min(IMAGE_BATCH, pictures.length - first);
    const images: Image[] = await Promise.all(
      Array.from({ length: count }, (_, i) => pictures.item(first + i)),
    );
    const features = clip.images(images);
    for (const index of mostSimilar(features, candidates, clip.width, config.votesEach)) {
      votes[Number(index)] = (votes[Number(index)] as number) + 1;
    }
    onEvent?.({ type: "prepare", what: "votes", done: first + count, total: pictures.length });
  }
  return votes;
}

/** Per feature, the `k` rows with the largest dot products; a feature's length does not matter. */
function mostSimilar(
  features: Float32Array,
  rows: Float32Array,
  width: number,
  k: number,
): BigInt64Array {
  return noGrad(() =>
    scope(() => {
      const a = tensor(features, [features.length / width, width]);
      const b = tensor(rows, [rows.length / width, width]);
      const [, indices] = aten.topk(aten.linear(a, b, null), k);
      return indices.toBigInt64Array();
    }),
  );
}
