import { bleu, type CaptionedImage, cider, type ReadWords, rougeL, type Share, shareOf } from "v2l";
import { randomFor } from "../run/random.js";
import { sceneCaption } from "../world/index.js";
import { captionSystems } from "./caption-systems.js";
import { captionCoverage, type ShownObjects } from "./coverage.js";
import type { LanguageModels } from "./language-models.js";
import {
  inSet,
  LANGUAGE_SETS,
  type LanguageConfig,
  type LanguageScenes,
  stream,
} from "./language-scenes.js";
import type { DescribedScene } from "./read-scenes.js";
import {
  joinWriting,
  measureWriting,
  type WritingPart,
  type WritingRun,
  withOutputs,
} from "./writing.js";

/** The figures of one way to write captions on one set of scenes. */
export interface CaptionResult {
  readonly system: string;
  readonly set: string;
  readonly images: number;
  /** Objects named by their noun. */
  readonly named: Share;
  /** Objects named by their noun or a keyword. */
  readonly namedByKeyword: Share;
  /** Of the world's nouns in the captions, those that are not in the picture (CHAIR_i). */
  readonly absent: number;
  /** CIDEr-D, 0 to 10. */
  readonly cider: number;
  /** CIDEr without clipping and length penalty, 0 to 10. */
  readonly ciderPlain: number;
  /** 0 to 1. */
  readonly bleu4: number;
  /** 0 to 1. */
  readonly rougeL: number;
}

/** A scene as it was captioned, to look at. */
export interface CaptionSample {
  readonly scene: number;
  readonly set: string;
  readonly words: readonly string[];
  readonly caption: string;
  readonly reference: string;
}

export interface CaptionEvaluation {
  readonly results: readonly CaptionResult[];
  /** The first scenes of each set with the language model's captions. */
  readonly samples: readonly CaptionSample[];
}

/** What captions of a scene are judged by. */
export interface CaptionItem extends ShownObjects, Pick<CaptionedImage, "references"> {
  readonly scene: number;
  readonly set: string;
  /** Those that prompts show. */
  readonly words: readonly string[];
}

interface CaptionedScene extends CaptionItem, CaptionedImage {}

/** References of a scene, all of one grammar, which is also that of the examples. */
const REFERENCES = 5;
const GRAMMAR = "plain";
const SAMPLES = 5;

/**
 * Lets a language model caption held-out scenes that it reads as words, beside controls.
 * @returns what this shard knows, for {@link summarizeCaptions}
 */
export function measureCaptions(
  { pool, evaluated }: LanguageScenes,
  models: LanguageModels,
  config: LanguageConfig,
  run: WritingRun,
): Promise<WritingPart<CaptionItem>> {
  const examples = pool.map((one) => ({
    words: one.words,
    places: one.places,
    output: trueCaption(one, config.seed, "example"),
  }));
  const referenced = evaluated.map((one) => {
    const references = Array.from({ length: REFERENCES }, (_, i) => {
      return trueCaption(one, config.seed, `${i}`);
    });
    return { ...one, references };
  });
  const task = {
    name: "captions",
    evaluated: referenced,
    pool: examples,
    config,
    systems: captionSystems(models, examples, config),
    ask: (_: unknown, read: ReadWords) => read,
    keep: ({ scene, set, words, places, references }: (typeof referenced)[number]) => ({
      scene: scene.index,
      set,
      words: [...words.slice(0, config.words), ...places],
      references,
      objects: scene.objects.map(({ noun }) => ({ noun })),
    }),
  };
  return measureWriting(task, run);
}

/** @param parts what {@link measureCaptions} gave for each shard in order */
export function summarizeCaptions(parts: readonly WritingPart<CaptionItem>[]): CaptionEvaluation {
  const { items, systems } = joinWriting(parts);
  const captioned = systems.map(({ system, outputs }) => {
    const written = withOutputs(items, outputs).map(({ output, ...one }): CaptionedScene => {
      return { ...one, caption: output };
    });
    return { system, written };
  });
  return {
    results: captioned.flatMap(({ system, written }) => scores(system, written)),
    samples: captioned.slice(0, 1).flatMap(({ written }) => firstOfEach(written)),
  };
}

function trueCaption({ scene, colorOf }: DescribedScene, seed: number, which: string): string {
  const random = randomFor(seed, stream(`caption/${which}`, scene));
  return sceneCaption(scene, random, colorOf, GRAMMAR);
}

/** The figures set by set. Document frequencies of CIDEr are those of all scenes together. */
function scores(system: string, written: readonly CaptionedScene[]): CaptionResult[] {
  const [clipped, plain, rouge] = [cider(written), cider(written, "CIDEr"), rougeL(written)];
  const scored = written.map((one, i) => ({
    ...one,
    ...captionCoverage(one, one.caption),
    cider: clipped.images[i] as number,
    ciderPlain: plain.images[i] as number,
    rougeL: rouge.images[i] as number,
  }));
  return LANGUAGE_SETS.map((set) => {
    const own = inSet(scored, set);
    const sum = (value: (one: (typeof own)[number]) => number) =>
      own.reduce((total, one) => total + value(one), 0);
    const share = (count: (one: (typeof own)[number]) => number) =>
      shareOf(own.map((one) => ({ image: one, count: count(one), of: one.objects })));
    const mentioned = sum((one) => one.mentioned);
    return {
      system,
      set,
      images: own.length,
      named: share((one) => one.byNoun),
      namedByKeyword: share((one) => one.byKeyword),
      absent: sum((one) => one.absent) / Math.max(1, mentioned),
      cider: sum((one) => one.cider) / own.length,
      ciderPlain: sum((one) => one.ciderPlain) / own.length,
      bleu4: bleu(own),
      rougeL: sum((one) => one.rougeL) / own.length,
    };
  });
}

function firstOfEach(written: readonly CaptionedScene[]): CaptionSample[] {
  return [...new Set(written.map(({ set }) => set))].flatMap((set) =>
    inSet(written, set)
      .slice(0, SAMPLES)
      .map(({ scene, words, caption, references }) => {
        return { scene, set, words, caption, reference: references[0] as string };
      }),
  );
}
