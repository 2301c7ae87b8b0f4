import { frechetDistance, type InceptionScoreResult, type Mean, meanOf } from "../metrics/index.js";
import { type CodebookUse, codebookUse, sumCounts } from "./codebook-use.js";
import { type FeatureSumsJson, joinFeatures } from "./feature-sums.js";
import {
  RECONSTRUCTION_PICTURES,
  RECONSTRUCTION_SYSTEMS,
  type ReconstructionFigures,
  type ReconstructionPart,
  type ReconstructionPicture,
  type ReconstructionSample,
  type ReconstructionSystem,
} from "./reconstruction.js";

/** The figures of one kind of picture on one set. */
export interface ReconstructionRow {
  readonly system: ReconstructionSystem;
  /** On Y of YCbCr, decibel. */
  readonly psnr: Mean;
  readonly ssim: Mean;
  readonly clipSimilarity: Mean;
  /** Null without its weights. */
  readonly lpips: Mean | null;
  /** Frechet distance to the originals on the features of a network, by its name. */
  readonly frechet: Readonly<Record<string, number>>;
}

/** Null for sets of fewer than ten images. */
export type InceptionScores = Readonly<Record<ReconstructionPicture, InceptionScoreResult | null>>;

/** The figures of one set. */
export interface ReconstructionSetResult {
  readonly set: string;
  readonly images: number;
  readonly rows: readonly ReconstructionRow[];
  /** By the name of a network that tells classes. */
  readonly scores: Readonly<Record<string, InceptionScores>>;
  readonly use: { readonly local: CodebookUse; readonly global: CodebookUse };
  /** How often each entry of the local codebook occurs. */
  readonly localCounts: readonly number[];
}

export interface ReconstructionResult {
  readonly sets: readonly ReconstructionSetResult[];
}

/** Images to look at, set by set. */
export interface SampledSet {
  readonly set: string;
  readonly samples: readonly ReconstructionSample[];
}

/**
 * The figures of whole sets.
 * @param shards what `measureReconstruction` gave for each shard: together all images
 */
export function summarizeReconstruction(
  shards: readonly (readonly ReconstructionPart[])[],
): ReconstructionResult {
  const [first = []] = shards;
  const sets = first.map((_, i) => {
    return summarizeSet(shards.map((parts) => parts[i] as ReconstructionPart));
  });
  return { sets };
}

/** The images to look at, from the same parts. */
export function reconstructionSamples(
  shards: readonly (readonly ReconstructionPart[])[],
): SampledSet[] {
  const [first = []] = shards;
  return first.map(({ set }, i) => {
    const samples = shards.flatMap((parts) => parts[i]?.samples ?? []);
    return { set, samples: samples.sort((a, b) => a.item - b.item) };
  });
}

function summarizeSet(parts: readonly ReconstructionPart[]): ReconstructionSetResult {
  const { set, length } = parts[0] as ReconstructionPart;
  const images = parts.flatMap((part) => part.images).sort((a, b) => a.item - b.item);
  const localCounts = sumCounts(parts.map(({ counts }) => counts.local));
  const globalCounts = sumCounts(parts.map(({ counts }) => counts.global));
  const networks = Object.keys(parts[0]?.features ?? {}).map((name) => {
    return { name, ...joinNetwork(parts.map(({ features }) => features[name])) };
  });
  const rows = RECONSTRUCTION_SYSTEMS.map((system) => {
    const of = (name: keyof ReconstructionFigures) =>
      images.map(({ figures }) => figures[system][name]);
    const known = of("lpips").filter((value) => value !== null);
    return {
      system,
      psnr: meanOf(of("psnr") as number[]),
      ssim: meanOf(of("ssim") as number[]),
      clipSimilarity: meanOf(of("clipSimilarity") as number[]),
      lpips: known.length < images.length ? null : meanOf(known),
      frechet: Object.fromEntries(
        networks.map(({ name, moments }) => {
          return [name, frechetDistance(moments.original, moments[system])];
        }),
      ),
    };
  });
  const telling = networks.filter(({ scores }) => scores.original !== null);
  return {
    set,
    images: length,
    rows,
    scores: Object.fromEntries(telling.map(({ name, scores }) => [name, scores])),
    use: { local: codebookUse(localCounts), global: codebookUse(globalCounts) },
    localCounts,
  };
}

/** What a network saw in each kind of picture of a whole set. */
function joinNetwork(parts: readonly (ReconstructionPart["features"][string] | undefined)[]) {
  const joined = RECONSTRUCTION_PICTURES.map((picture) => {
    const sums = parts.map((part) => part?.[picture] as FeatureSumsJson);
    return [picture, joinFeatures(sums)] as const;
  });
  const by = <T>(take: (one: ReturnType<typeof joinFeatures>) => T) =>
    Object.fromEntries(joined.map(([picture, one]) => [picture, take(one)])) as Record<
      ReconstructionPicture,
      T
    >;
  return {
    moments: by(({ moments }) => moments),
    scores: by(({ score }) => score),
  };
}
