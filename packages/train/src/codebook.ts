import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import {
  buildCodebooks,
  type CodebookSummary,
  type CodebookTexts,
  codebookTexts,
  type Foundation,
  pieceText,
  readSafetensors,
  readVocabulary,
  type StageProgress,
} from "v2l";
import type { ClipTrainConfig } from "./clip/config.js";
import { CLIP_WEIGHTS } from "./clip/train.js";
import { PixelCache } from "./data/pixel-cache.js";
import { WorldDataset } from "./data/world.js";
import { halved } from "./half.js";
import { mergeConfig, type Partially } from "./run/config.js";
import type { TrainOptions } from "./run/events.js";
import { savedConfig } from "./run/folder.js";
import { demoVocabulary, globalWords, toTokenizerJson } from "./world/index.js";

export interface CodebookConfig {
  readonly threads: number;
  readonly device: string;
  /** Run folder of `trainClip`. */
  readonly clip: string;
  /** What the manifest says about the CLIP's origin. */
  readonly reference: string;
  /**
   * The demo's vocabulary as `expandVocabulary` wrote it: its subwords, bigrams and trigrams are the
   * candidates of the global codebook. Null: pieces and CLDR words and phrases are.
   */
  readonly vocabulary: string | null;
  /** Training scenes that vote for entries of the global codebook. */
  readonly voters: number;
  /** Entries each of them votes for. */
  readonly votesEach: number;
  /** Entries with more votes than this stay. */
  readonly votesNeeded: number;
  /** Entries that are or hold one of these words do not stay. */
  readonly without: readonly string[];
  readonly cache: string;
}

const DEFAULTS: CodebookConfig = {
  threads: 2,
  device: "cpu",
  clip: "clip",
  reference: "demo",
  vocabulary: null,
  voters: 8192,
  votesEach: 5,
  votesNeeded: 5,
  without: [],
  cache: "cache",
};

const WHAT = { expand: "phrases", embed: "words", filter: "votes" } as const;

/**
 * Builds the demo's two codebooks from a trained CLIP, with scenes of the demo world as voters, and
 * writes them, with the CLIP, as a foundation for `trainTokenizer`. Continues an earlier run in `dir`.
 * @throws V2LError FILE_NOT_FOUND, and what `buildCodebooks` of v2l throws
 */
export async function buildDemoCodebooks(
  fields: Partially<CodebookConfig>,
  options: Pick<TrainOptions, "dir" | "signal" | "onEvent">,
): Promise<CodebookSummary> {
  const config = mergeConfig(DEFAULTS, fields);
  const trained = savedConfig<ClipTrainConfig>(config.clip);
  const clip = await demoClip(trained, config);
  const texts = await demoTexts(config.vocabulary);
  const { voters: count, cache, votesEach, votesNeeded, without, threads } = config;
  const world = await WorldDataset.open({ count, objects: trained.objects, cache });
  const scenes = new PixelCache(world, join(cache, world.fileName), world.side);
  const id = `${world.fileName}/${count}`;
  const images = { id, length: count, item: (index: number) => scenes.item(index) };
  const { dir, signal, onEvent } = options;
  const onProgress = ({ stage, done, total }: StageProgress) =>
    onEvent?.({ type: "prepare", what: WHAT[stage], done, total });
  try {
    return await buildCodebooks(texts, clip, images, {
      dir,
      votesEach,
      votesNeeded,
      without,
      threads,
      device: onnxDevice(config.device),
      onProgress,
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    scenes.dispose();
  }
}

/** Rounded before anything depends on it, so that the shipped parts are those trained with. */
async function demoClip(
  { model }: ClipTrainConfig,
  { clip, reference }: CodebookConfig,
): Promise<Foundation["clip"]> {
  return {
    config: model,
    weights: halved((await readSafetensors(join(clip, CLIP_WEIGHTS))).weights),
    preprocess: "demo",
    textTokenizer: `${JSON.stringify(toTokenizerJson(demoVocabulary()))}\n`,
    reference,
  };
}

async function demoTexts(vocabulary: string | null): Promise<CodebookTexts> {
  if (vocabulary !== null) return codebookTexts(await readVocabulary(vocabulary));
  const { pieces } = demoVocabulary();
  const spelled = pieces.map(({ piece }) => piece);
  return {
    llm: null,
    pieces: spelled,
    subwords: spelled.map(pieceText),
    candidates: globalWords(pieces),
  };
}

function onnxDevice(device: string): "cpu" | "cuda" {
  if (device === "cpu" || device === "cuda") return device;
  throw new V2LError("INVALID_ARGUMENT", expected("cpu or cuda", "device", device));
}
