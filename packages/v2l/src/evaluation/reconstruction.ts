import { expected, V2LError } from "@v2l/nn";
import { Journal } from "../files/journal.js";
import type { Image } from "../image/image.js";
import { encodePng } from "../image/picture.js";
import { tokenizerSquare } from "../image/preprocess.js";
import { psnrY, ssim } from "../metrics/index.js";
import type { ImageTokens } from "../v2l/tokens.js";
import type { V2L } from "../v2l/v2l.js";
import { countIds } from "./codebook-use.js";
import { FeatureFile } from "./feature-file.js";
import { type FeatureSumsJson, sumFeatures } from "./feature-sums.js";
import {
  type ImageEntry,
  type ImageRunOptions,
  identityOf,
  measureImages,
  type NumberedImage,
} from "./image-run.js";
import type { EvaluatedImages } from "./image-sets.js";
import { bundleClip, type FeatureNetwork, type Perception } from "./perception.js";
import { inMeanColour, throughSize } from "./plain-pictures.js";
import { inShard, WHOLE } from "./shards.js";

/** What stands in for a picture: what came back from its tokens, and what needs no tokenizer. */
export const RECONSTRUCTION_SYSTEMS = ["reconstruction", "mean colour", "shrunk"] as const;
export type ReconstructionSystem = (typeof RECONSTRUCTION_SYSTEMS)[number];

/** All pictures that networks look at. */
export const RECONSTRUCTION_PICTURES = ["original", ...RECONSTRUCTION_SYSTEMS] as const;
export type ReconstructionPicture = (typeof RECONSTRUCTION_PICTURES)[number];

/** How like its original a picture is. */
export interface ReconstructionFigures {
  /** On Y of YCbCr, decibel, see `psnrY`. */
  readonly psnr: number;
  /** On RGB, see `ssim`. */
  readonly ssim: number;
  /** Cosine of the embeddings that the bundle's CLIP gives the two, -1 to 1. */
  readonly clipSimilarity: number;
  /** LPIPS distance; null without its weights. */
  readonly lpips: number | null;
}

type Figures = Readonly<Record<ReconstructionSystem, ReconstructionFigures>>;
type Pictures = Readonly<Record<ReconstructionPicture, Image>>;

/** What a shard knows of a set: enough for the figures of the whole set. */
export interface ReconstructionPart {
  readonly set: string;
  /** Images of the whole set. */
  readonly length: number;
  readonly images: readonly { readonly item: number; readonly figures: Figures }[];
  /** How often each entry of a codebook occurs. */
  readonly counts: { readonly local: readonly number[]; readonly global: readonly number[] };
  /** What each network saw in the pictures, by its name. */
  readonly features: Readonly<
    Record<string, Readonly<Record<ReconstructionPicture, FeatureSumsJson>>>
  >;
  readonly samples: readonly ReconstructionSample[];
}

/** An image to look at: PNG files in base64. */
export interface ReconstructionSample {
  readonly item: number;
  readonly pictures: Readonly<Record<ReconstructionPicture, string>>;
}

interface Entry extends ImageEntry {
  readonly figures: Figures;
  readonly local: readonly number[];
  readonly global: readonly number[];
}

/** Images of each set to look at. */
const SAMPLES = 6;

/**
 * Encodes and decodes images and measures what comes back, beside pictures that need no tokenizer: the
 * mean colour, and the original shrunk to as many pixels as there are tokens and enlarged again.
 * @param perception what looks at them beside the bundle's own CLIP
 * @returns what this shard knows of each set, for {@link summarizeReconstruction}
 * @throws V2LError INVALID_ARGUMENT where a set has fewer than two images; what `loadImage` throws
 */
export async function measureReconstruction(
  v2l: V2L,
  sets: readonly EvaluatedImages[],
  perception: Perception,
  options: ImageRunOptions,
): Promise<ReconstructionPart[]> {
  checkSets(sets);
  const { cache, shard = WHOLE, signal } = options;
  const networks = [bundleClip(v2l), ...perception.networks];
  const identity = {
    ...options.identity,
    sets: identityOf(sets),
    shard,
    networks: networks.map(({ name, features, classes }) => ({ name, features, classes })),
    lpips: perception.distances !== undefined,
  };
  const journal = Journal.open<Entry>(cache, "eval-reconstruction", identity, options);
  const run = new Run(v2l, { ...perception, networks }, sets, journal.path.replace(/\.jsonl$/, ""));
  try {
    const measure = (set: EvaluatedImages, batch: readonly NumberedImage[]) =>
      run.measure(set, batch);
    const entries = await measureImages(sets, journal, measure, options);
    const parts: ReconstructionPart[] = [];
    for (const [i, set] of sets.entries()) {
      signal?.throwIfAborted();
      const chosen = sampleItems(set.length).filter((item) => inShard(item, shard));
      parts.push(await run.part(set, entries[i] ?? [], chosen));
    }
    return parts;
  } finally {
    run.dispose();
  }
}

/** An interval and a covariance need two images. */
function checkSets(sets: readonly EvaluatedImages[]): void {
  const small = sets.find(({ length }) => length < 2);
  if (sets.length > 0 && small === undefined) return;
  const received = small === undefined ? "none" : `${small.length} in ${small.name}`;
  throw new V2LError("INVALID_ARGUMENT", expected("at least two images", "sets", received));
}

/** One run: makes the pictures, measures them, and keeps their features in files. */
class Run {
  private readonly files = new Map<string, FeatureFile>();

  /** @param stem of the paths of the files with features */
  constructor(
    private readonly v2l: V2L,
    private readonly perception: Perception,
    sets: readonly EvaluatedImages[],
    stem: string,
  ) {
    for (const network of perception.networks) {
      const width = RECONSTRUCTION_PICTURES.length * rowWidth(network);
      for (const [i, set] of sets.entries()) {
        const file = new FeatureFile(`${stem}-${i}-${network.name}.bin`, width);
        this.files.set(fileKey(set, network), file);
      }
    }
  }

  dispose(): void {
    for (const file of this.files.values()) file.dispose();
  }

  async measure(set: EvaluatedImages, batch: readonly NumberedImage[]): Promise<Entry[]> {
    const { pictures, tokens } = await this.reconstruct(batch.map(({ image }) => image));
    const similarities = await this.keepFeatures(set, batch, pictures);
    const distances = await this.lpips(pictures);
    return batch.map(({ item }, i) => {
      const shown = pictures[i] as Pictures;
      const { localTokens, globalTokens } = tokens[i] as ImageTokens;
      return {
        set: set.name,
        item,
        figures: byName(RECONSTRUCTION_SYSTEMS, (system, n) => ({
          psnr: psnrY(shown[system], shown.original),
          ssim: ssim(shown[system], shown.original),
          clipSimilarity: similarities[i]?.[n] as number,
          lpips: distances === null ? null : (distances[i]?.[n] as number),
        })),
        local: [...localTokens.grid],
        global: globalTokens.map(({ id }) => id),
      };
    });
  }

  async part(
    set: EvaluatedImages,
    entries: readonly Entry[],
    samples: readonly number[],
  ): Promise<ReconstructionPart> {
    const { codebooks } = this.v2l.manifest;
    const items = entries.map(({ item }) => item);
    const features = this.perception.networks.map((network) => {
      return [network.name, this.sums(set, network, items)] as const;
    });
    return {
      set: set.name,
      length: set.length,
      images: entries.map(({ item, figures }) => ({ item, figures })),
      counts: {
        local: countIds(
          codebooks.local.size,
          entries.map(({ local }) => local),
        ),
        global: countIds(
          codebooks.global.size,
          entries.map(({ global }) => global),
        ),
      },
      features: Object.fromEntries(features),
      samples: await this.samples(set, samples),
    };
  }

  private async reconstruct(
    images: readonly Image[],
  ): Promise<{ readonly pictures: Pictures[]; readonly tokens: ImageTokens[] }> {
    const { image, clip, grid } = this.v2l.manifest;
    const tokens = await this.v2l.encode(images);
    const decoded = await this.v2l.decode(tokens);
    const pictures = images.map((one, i) => {
      const original = tokenizerSquare(one, image.size, clip.preprocess);
      return {
        original,
        reconstruction: decoded[i] as Image,
        "mean colour": inMeanColour(original),
        shrunk: throughSize(original, grid),
      };
    });
    return { pictures, tokens };
  }

  /** Lets every network look at the pictures. @returns CLIP's similarities to the originals, by system */
  private async keepFeatures(
    set: EvaluatedImages,
    batch: readonly NumberedImage[],
    pictures: readonly Pictures[],
  ): Promise<number[][]> {
    const flat = pictures.flatMap((one) => RECONSTRUCTION_PICTURES.map((name) => one[name]));
    const each = RECONSTRUCTION_PICTURES.length;
    let similarities: number[][] = [];
    for (const [n, network] of this.perception.networks.entries()) {
      const seen = await network.measure(flat);
      const rows = batch.map((_, i) => seen.slice(i * each, (i + 1) * each));
      const file = this.files.get(fileKey(set, network)) as FeatureFile;
      file.write(batch.map(({ item }, i) => [item, joined(rows[i] ?? [])]));
      // The first network is the bundle's CLIP.
      if (n === 0) similarities = rows.map(([original, ...others]) => cosines(original, others));
    }
    return similarities;
  }

  private async lpips(pictures: readonly Pictures[]): Promise<number[][] | null> {
    const { distances } = this.perception;
    if (distances === undefined) return null;
    const each = RECONSTRUCTION_SYSTEMS.length;
    const flat = await distances(
      pictures.flatMap((one) =>
        RECONSTRUCTION_SYSTEMS.map((name) => [one[name], one.original] as const),
      ),
    );
    return pictures.map((_, i) => flat.slice(i * each, (i + 1) * each));
  }

  private sums(
    set: EvaluatedImages,
    network: FeatureNetwork,
    items: readonly number[],
  ): Record<ReconstructionPicture, FeatureSumsJson> {
    const file = this.files.get(fileKey(set, network)) as FeatureFile;
    const width = rowWidth(network);
    return byName(RECONSTRUCTION_PICTURES, (_, n) => {
      const row = (item: number) => file.read(item).subarray(n * width, (n + 1) * width);
      return sumFeatures(network, set.length, items, row);
    });
  }

  private async samples(
    set: EvaluatedImages,
    items: readonly number[],
  ): Promise<ReconstructionSample[]> {
    if (items.length === 0) return [];
    const images = await Promise.all(items.map((item) => set.item(item)));
    const { pictures } = await this.reconstruct(images);
    return Promise.all(
      pictures.map(async (shown, i) => {
        const encoded = RECONSTRUCTION_PICTURES.map(async (name) => {
          return [name, Buffer.from(await encodePng(shown[name])).toString("base64")] as const;
        });
        const files = Object.fromEntries(await Promise.all(encoded));
        return { item: items[i] as number, pictures: files as ReconstructionSample["pictures"] };
      }),
    );
  }
}

/** Evenly spread over a set. */
function sampleItems(length: number): number[] {
  const count = Math.min(SAMPLES, length);
  return Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
}

function rowWidth({ features, classes }: FeatureNetwork): number {
  return features + classes;
}

function fileKey({ name: set }: EvaluatedImages, { name }: FeatureNetwork): string {
  return `${set}/${name}`;
}

function joined(rows: readonly Float32Array[]): Float32Array {
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

/** Of unit vectors. */
function cosines(one: Float32Array | undefined, others: readonly Float32Array[]): number[] {
  return others.map((other) => {
    return other.reduce((sum, value, i) => sum + value * ((one?.[i] as number) ?? 0), 0);
  });
}

function byName<N extends string, T>(
  names: readonly N[],
  make: (name: N, index: number) => T,
): Record<N, T> {
  return Object.fromEntries(names.map((name, i) => [name, make(name, i)])) as Record<N, T>;
}
