import type { RestorationTask, TokenMask } from "../degradation/index.js";
import type { ImageSource } from "../image/load.js";
import { tokenizerSquare } from "../image/preprocess.js";
import { loadInput } from "../v2l/load-input.js";
import type { V2L } from "../v2l/v2l.js";
import { type DamageOptions, damageOf } from "./scene.js";

/** A clean image to learn from. */
export interface Reference {
  /** Its global words, nearest first. */
  readonly words: readonly string[];
  /** Its local tokens. */
  readonly right: Int32Array;
  /** The local tokens of its damaged copy. */
  readonly read: Int32Array;
  /** The cells that were damaged. */
  readonly mask: TokenMask;
}

/** The damage should be that of the picture to restore. */
export interface ReferenceOptions extends DamageOptions {
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
  { signal, onProgress, ...options }: ReferenceOptions = {},
): Promise<Reference[]> {
  const { image, clip, grid } = v2l.manifest;
  const { mask, worsen } = damageOf(task, grid, options);
  const references: Reference[] = [];
  for (const source of images) {
    signal?.throwIfAborted();
    const square = tokenizerSquare(await loadInput(source), image.size, clip.preprocess);
    const { globalTokens, localTokens } = await v2l.encode(square);
    const damaged = await v2l.encode(worsen(square));
    references.push({
      words: globalTokens.map(({ word }) => word),
      right: localTokens.grid,
      read: damaged.localTokens.grid,
      mask,
    });
    onProgress?.(references.length, images.length);
  }
  return references;
}
