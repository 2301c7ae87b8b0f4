import { clipInput, type Image } from "v2l";
import { randomFor } from "../run/random.js";
import type { ColorOf, SceneSpec } from "../world/index.js";
import { jitter } from "./jitter.js";
import { type ClaimedText, drawText, isTrue, type TextMix } from "./texts.js";
import { warp } from "./warp.js";

/** One batch of scenes and texts. Text `i` was drawn about scene `i`. */
export interface ClipBatch {
  /** CLIP's input [B,3,S,S]. */
  readonly pixels: Float32Array;
  /** Token ids [B,length]. */
  readonly ids: BigInt64Array;
  readonly length: number;
  /** [B,B]: 1 where text j (column) is true of scene i (row). */
  readonly truth: Float32Array;
}

/** A text as a row of CLIP's text tower: ids, the end token (the largest id), zeros. */
export type EncodeText = (text: string) => readonly number[];

export interface ClipBatchOptions {
  readonly imageSize: number;
  /** See {@link jitter}. */
  readonly jitter: number;
  /** See {@link warp}. */
  readonly warp: number;
  readonly texts: TextMix;
  readonly seed: number;
  readonly colorOf: ColorOf;
  readonly encode: EncodeText;
}

/** Assembles the batch of a step; texts are drawn anew at every step, from (seed, step, slot). */
export function clipBatch(
  scenes: readonly SceneSpec[],
  images: readonly Image[],
  step: number,
  options: ClipBatchOptions,
): ClipBatch {
  const { imageSize, seed, texts, colorOf } = options;
  const drawn = scenes.map((scene, slot) =>
    drawText(scene, texts, randomFor(seed, `text/${step}/${slot}`), colorOf),
  );
  const planes = 3 * imageSize * imageSize;
  const pixels = new Float32Array(images.length * planes);
  images.forEach((image, i) => {
    const place = pixels.subarray(i * planes, (i + 1) * planes);
    clipInput(image, imageSize, place);
    warp(place, imageSize, options.warp, randomFor(seed, `warp/${step}/${i}`));
    jitter(place, options.jitter, randomFor(seed, `jitter/${step}/${i}`));
  });
  const { ids, length } = joinTexts(drawn.map(({ text }) => options.encode(text)));
  return { pixels, ids, length, truth: truthTable(scenes, drawn) };
}

/** Rows of equal length side by side, without the columns that are zero in all of them. */
export function joinTexts(rows: readonly (readonly number[])[]): {
  ids: BigInt64Array;
  length: number;
} {
  const length = Math.max(...rows.map((row) => row.findLastIndex((id) => id !== 0) + 1));
  const ids = new BigInt64Array(rows.length * length);
  rows.forEach((row, i) => {
    for (let j = 0; j < length; j++) ids[i * length + j] = BigInt(row[j] as number);
  });
  return { ids, length };
}

function truthTable(scenes: readonly SceneSpec[], texts: readonly ClaimedText[]): Float32Array {
  const nouns = scenes.map((scene) => new Set(scene.objects.map((object) => object.noun)));
  return Float32Array.from({ length: scenes.length ** 2 }, (_, at) => {
    const row = nouns[Math.floor(at / scenes.length)] as Set<string>;
    return isTrue(texts[at % scenes.length] as ClaimedText, row) ? 1 : 0;
  });
}
