import {
  bleu,
  type CaptionedFile,
  type CaptionedImage,
  cider,
  type EvaluatedImage,
  type Example,
  type Mean,
  meanOf,
  type ReadWords,
  rougeL,
  withOtherWords,
} from "v2l";
import { captionSystems } from "../caption-systems.js";
import type { LanguageModels } from "../language-models.js";
import type { LanguageConfig } from "../language-scenes.js";
import {
  joinWriting,
  measureWriting,
  type WritingPart,
  type WritingRun,
  withOutputs,
} from "../writing.js";
import { chooseImages } from "./choose.js";
import type { ImageReader } from "./image-reader.js";

/** Images of a dataset, as words. */
export interface CaptionImages {
  readonly evaluated: readonly (EvaluatedImage & CaptionedFile)[];
  /** A caption of each image of the pool. */
  readonly pool: readonly Example[];
}

/** What captions of an image are judged by. */
export interface FileCaptionItem extends Pick<CaptionedImage, "references"> {
  readonly image: string;
  /** Those that prompts show. */
  readonly words: readonly string[];
}

/** The figures of one way to write captions. */
export interface FileCaptionResult {
  readonly system: string;
  readonly images: number;
  /** CIDEr-D, 0 to 10. */
  readonly cider: Mean;
  /** CIDEr without clipping and length penalty, 0 to 10. */
  readonly ciderPlain: Mean;
  /** Of the corpus, 0 to 1. */
  readonly bleu4: number;
  /** 0 to 1. */
  readonly rougeL: Mean;
}

/** An image as it was captioned, to look at. */
export interface FileCaptionSample extends FileCaptionItem, CaptionedImage {}

export interface FileCaptionEvaluation {
  readonly results: readonly FileCaptionResult[];
  readonly samples: readonly FileCaptionSample[];
}

const SAMPLES = 10;

/**
 * Draws images and reads their words.
 * @param others where examples come from; null: from other images of the same dataset
 * @throws V2LError INVALID_ARGUMENT where there are too few; what reading an image throws
 */
export async function readCaptionImages(
  reader: ImageReader,
  images: readonly CaptionedFile[],
  others: readonly CaptionedFile[] | null,
  config: LanguageConfig,
): Promise<CaptionImages> {
  const chosen = chooseImages(images, others, config);
  const pool = await reader.describe(chosen.pool, "images for examples");
  const evaluated = await reader.describe(chosen.evaluated, "images");
  return {
    evaluated: withOtherWords(evaluated),
    pool: pool.map(({ words, places, captions }) => {
      return { words, places, output: captions[0] as string };
    }),
  };
}

/**
 * Lets a language model caption images that it reads as words, beside controls.
 * @returns what this shard knows, for {@link summarizeFileCaptions}
 */
export function measureFileCaptions(
  { evaluated, pool }: CaptionImages,
  models: LanguageModels,
  config: LanguageConfig,
  run: WritingRun,
): Promise<WritingPart<FileCaptionItem>> {
  const task = {
    name: "captions",
    evaluated,
    pool,
    config,
    systems: captionSystems(models, pool, config),
    ask: (_: unknown, read: ReadWords) => read,
    keep: ({ image, words, places = [], captions }: CaptionImages["evaluated"][number]) => {
      return { image, words: [...words.slice(0, config.words), ...places], references: captions };
    },
  };
  return measureWriting(task, run);
}

/** @param parts what {@link measureFileCaptions} gave for each shard in order */
export function summarizeFileCaptions(
  parts: readonly WritingPart<FileCaptionItem>[],
): FileCaptionEvaluation {
  const { items, systems } = joinWriting(parts);
  const captioned = systems.map(({ system, outputs }) => {
    const written = withOutputs(items, outputs).map(
      ({ image, words, output, references }): FileCaptionSample => {
        return { image, words, caption: output, references };
      },
    );
    return { system, written };
  });
  return {
    results: captioned.map(({ system, written }) => scores(system, written)),
    samples: captioned.slice(0, 1).flatMap(({ written }) => written.slice(0, SAMPLES)),
  };
}

function scores(system: string, written: readonly CaptionedImage[]): FileCaptionResult {
  return {
    system,
    images: written.length,
    cider: meanOf(cider(written).images),
    ciderPlain: meanOf(cider(written, "CIDEr").images),
    bleu4: bleu(written),
    rougeL: meanOf(rougeL(written).images),
  };
}
