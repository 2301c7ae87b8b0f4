import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { countFrames, IMAGE_EXTENSION, type LoadImageOptions } from "../image/load.js";
import { loadInput } from "../v2l/load-input.js";
import type { EncodeOptions, V2L } from "../v2l/v2l.js";
import { checkWholeNumber } from "../whole-number.js";
import { rankWeights } from "./similarity.js";

export interface VideoOptions extends Omit<EncodeOptions, "frame"> {
  /** Most frames that are read, spread evenly over the whole. Default 16. */
  readonly maxFrames?: number;
}

/** A moving picture in words. */
export interface VideoWords {
  /** The frames that were read, in order: their numbers from 0 and their words, nearest first. */
  readonly frames: readonly { readonly frame: number; readonly words: readonly string[] }[];
  /** The words of the whole, see {@link mergeWords}; as many as a frame has. */
  readonly words: readonly string[];
}

const DEFAULT_MAX_FRAMES = 16;

/**
 * Turns an animated GIF or WebP, or a folder of frames in the order of their names, into words. The merged
 * words stand for the whole wherever the words of an image do: caption it, ask about it.
 * @throws V2LError FILE_NOT_FOUND; INVALID_ARGUMENT; what loading an image throws
 */
export async function describeVideo(
  v2l: V2L,
  path: string,
  options: VideoOptions = {},
): Promise<VideoWords> {
  const { maxFrames = DEFAULT_MAX_FRAMES, ...encode } = options;
  checkWholeNumber(maxFrames, "maxFrames", 1);
  const video = await openVideo(path, encode);
  const numbers = spread(video.count, maxFrames);
  const images = await Promise.all(numbers.map((frame) => video.load(frame)));
  const described = await v2l.describe(images, encode);
  const frames = described.map((tokens, i) => ({
    frame: numbers[i] as number,
    words: tokens.map(({ word }) => word),
  }));
  const all = frames.map(({ words }) => words);
  return { frames, words: mergeWords(all).slice(0, all[0]?.length) };
}

/**
 * One list of words for many frames: a word's weight is the mean over the frames of 1/rank (1 for the
 * nearest word, 0 where it is missing), the heaviest word comes first. What is seen throughout comes
 * before what flashes up; of equal words the one seen earlier.
 */
export function mergeWords(frames: readonly (readonly string[])[]): string[] {
  const sums = new Map<string, number>();
  for (const words of frames) {
    for (const [word, weight] of rankWeights(words)) sums.set(word, (sums.get(word) ?? 0) + weight);
  }
  return [...sums].sort(([, a], [, b]) => b - a).map(([word]) => word);
}

/** `count` numbers below `total`, or all of them, each in the middle of its stretch. */
function spread(total: number, count: number): number[] {
  const taken = Math.min(total, count);
  return Array.from({ length: taken }, (_, i) => Math.floor(((i + 0.5) * total) / taken));
}

interface Video {
  readonly count: number;
  load(frame: number): ReturnType<typeof loadInput>;
}

async function openVideo(path: string, options: LoadImageOptions): Promise<Video> {
  const isFolder = await stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    const count = await countFrames(path);
    return { count, load: (frame) => loadInput(path, { ...options, frame }) };
  }
  const names = (await readdir(path)).filter((name) => IMAGE_EXTENSION.test(name));
  if (names.length === 0) {
    throw new V2LError("INVALID_ARGUMENT", expected("a folder of frames", "video", path));
  }
  const collator = new Intl.Collator("en", { numeric: true });
  const files = names.sort(collator.compare).map((name) => join(path, name));
  return { count: files.length, load: (frame) => loadInput(files[frame] as string, options) };
}
