import type { BlurOptions, RestorationTask } from "../degradation/index.js";
import type { ImageSource } from "../image/load.js";
import { tokenizerSquare } from "../image/preprocess.js";
import { loadInput } from "../v2l/load-input.js";
import type { V2L } from "../v2l/v2l.js";
import { damageOf } from "./scene.js";

/** A clean image to learn from. */
export interface Reference {
  /** Its global words, nearest first. */
  readonly words: readonly string[];
  /** Its local tokens. */
  readonly right: Int32Array;
  /** The local tokens of its damaged copy; the same where the task hides cells. */
  readonly read: Int32Array;
}

export interface ReferenceOptions {
  /** For `deblur`: how the images are blurred. It should be how the picture to restore was. */
  readonly blur?: BlurOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Turns clean images into what {@link restore} learns a task from, one after the other. What is kept
 * are a few kilobytes each.
 * @throws V2LError what {@link loadInput} throws; the signal's reason.
 */
export async function readReferences(
  v2l: V2L,
  images: readonly ImageSource[],
  task: RestorationTask,
  { blur, signal, onProgress }: ReferenceOptions = {},
): Promise<Reference[]> {
  const { image, clip, grid } = v2l.manifest;
  const damage = damageOf(task, grid, blur);
  const references: Reference[] = [];
  for (const source of images) {
    signal?.throwIfAborted();
    const square = tokenizerSquare(await loadInput(source), image.size, clip.preprocess);
    const { globalTokens, localTokens } = await v2l.encode(square);
    const right = localTokens.grid;
    const read = damage ? (await v2l.encode(damage.worsen(square))).localTokens.grid : right;
    references.push({ words: globalTokens.map(({ word }) => word), right, read });
    onProgress?.(references.length, images.length);
  }
  return references;
}
