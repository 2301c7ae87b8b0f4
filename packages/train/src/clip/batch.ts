import { clipInput, crop, fillTemplates, type Image } from "v2l";
import { pick, randomFor } from "../run/random.js";
import type { ColorOf, SceneSpec } from "../world/index.js";
import { jitter } from "./jitter.js";
import { type ClaimedText, drawText, isTrue, strange, type TextMix } from "./texts.js";
import { drawView, type Seen, seen, type View, WHOLE_VIEW } from "./view.js";
import { warp } from "./warp.js";

/** One batch of pictures and texts: some about each picture in turn, then those about none. */
export interface ClipBatch {
  /** CLIP's input [B,3,S,S]. */
  readonly pixels: Float32Array;
  /** Token ids [T,length]. */
  readonly ids: BigInt64Array;
  readonly length: number;
  /** [B,T]: 1 where a text (column) is true of a picture (row), 0 where it is not, -1 where nobody knows. */
  readonly truth: Float32Array;
  /** [T]: 1 for texts that say nothing new, whose embeddings a run may have to keep. */
  readonly kept: Float32Array;
}

/** A text as a row of CLIP's text tower: ids, the end token (the largest id), zeros. */
export type EncodeText = (text: string) => readonly number[];

export interface ClipBatchOptions {
  readonly imageSize: number;
  /** See {@link jitter}. */
  readonly jitter: number;
  /** See {@link warp}. */
  readonly warp: number;
  /** Probability that a picture is a part of its scene. */
  readonly crops: number;
  /** Probability that a picture keeps its colours, but for a little: only then they are spoken of. */
  readonly plain: number;
  readonly texts: TextMix;
  /** Texts about each picture. */
  readonly textsEach: number;
  /** Texts about none, drawn from `strangers`. */
  readonly strangeTexts: number;
  readonly strangers: readonly string[];
  readonly seed: number;
  readonly colorOf: ColorOf;
  readonly encode: EncodeText;
}

/** Jitter of pictures that keep their colours. */
const LITTLE = 0.08;
/** Views are drawn again, this often, until there is something to say. */
const TRIES = 8;

/** Assembles the batch of a step; all is drawn anew at every step, from (seed, step, slot). */
export function clipBatch(
  scenes: readonly SceneSpec[],
  images: readonly Image[],
  step: number,
  options: ClipBatchOptions,
): ClipBatch {
  const { imageSize, seed, texts, textsEach, strangeTexts, strangers, colorOf } = options;
  const views = scenes.map((scene, slot) => viewOf(scene, `${step}/${slot}`, options));
  const pixels = new Float32Array(3 * imageSize ** 2 * images.length);
  images.forEach((image, i) => {
    const { view, plain } = views[i] as DrawnView;
    const place = pixels.subarray(3 * imageSize ** 2 * i, 3 * imageSize ** 2 * (i + 1));
    clipInput(cut(image, view), imageSize, place);
    warp(place, imageSize, options.warp, randomFor(seed, `warp/${step}/${i}`));
    const strength = plain ? Math.min(LITTLE, options.jitter) : options.jitter;
    jitter(place, strength, randomFor(seed, `jitter/${step}/${i}`));
  });
  const about = views.flatMap(({ facts }, slot) =>
    Array.from({ length: textsEach }, (_, i) => {
      const stream = `text/${step}/${slot}${i === 0 ? "" : `/${i}`}`;
      return drawText(facts, texts, randomFor(seed, stream), colorOf);
    }),
  );
  const others = randomFor(seed, `strangers/${step}`);
  const none = Array.from({ length: strangeTexts }, () => {
    const word = pick(others, strangers);
    return strange(others.uniform() < 0.5 ? word : pick(others, fillTemplates(word)));
  });
  const drawn = [...about, ...none];
  const { ids, length } = joinTexts(drawn.map(({ text }) => options.encode(text)));
  const kept = Float32Array.from(drawn, ({ isNew }) => (isNew ? 0 : 1));
  return { pixels, ids, length, kept, truth: truthTable(views, drawn) };
}

interface DrawnView {
  readonly view: View;
  readonly plain: boolean;
  readonly facts: Seen;
}

function viewOf(scene: SceneSpec, stream: string, options: ClipBatchOptions): DrawnView {
  const { seed, crops, plain: share, colorOf } = options;
  const random = randomFor(seed, `view/${stream}`);
  const plain = random.uniform() < share;
  const whole = { view: WHOLE_VIEW, plain, facts: seen(scene, WHOLE_VIEW, colorOf, plain) };
  if (random.uniform() >= crops) return whole;
  for (let tries = 0; tries < TRIES; tries++) {
    const view = drawView(random);
    const facts = seen(scene, view, colorOf, plain);
    if (facts.known.size > 0) return { view, plain, facts };
  }
  return whole;
}

function cut(image: Image, view: View): Image {
  if (view === WHOLE_VIEW) return image;
  const { left, top, side } = view;
  return crop(image, { left, top, width: side, height: side });
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

function truthTable(views: readonly DrawnView[], texts: readonly ClaimedText[]): Float32Array {
  const judged = views.flatMap(({ facts }) => texts.map((text) => isTrue(text, facts)));
  return Float32Array.from(judged, (judgement) => (judgement === null ? -1 : Number(judgement)));
}
