import {
  bleu,
  type CaptionedFile,
  type CaptionedImage,
  cider,
  type EvaluatedImage,
  type Example,
  type Mean,
  meanOf,
  rougeL,
  withOtherWords,
  wordsRead,
} from "v2l";
import { captionSystems } from "../caption-systems.js";
import type { LanguageModels } from "../language-models.js";
import { callOptions, type EvaluationOptions, type LanguageConfig } from "../language-scenes.js";
import { chooseImages } from "./choose.js";
import type { ImageReader } from "./image-reader.js";

/** Images of a dataset, as words. */
export interface CaptionImages {
  readonly evaluated: readonly (EvaluatedImage & CaptionedFile)[];
  /** A caption of each image of the pool. */
  readonly pool: readonly Example[];
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
export interface FileCaptionSample {
  readonly image: string;
  readonly words: readonly string[];
  readonly caption: string;
  readonly references: readonly string[];
}

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
    pool: pool.map(({ words, captions }) => ({ words, output: captions[0] as string })),
  };
}

/** Lets a language model caption images that it reads as words, beside controls. */
export async function evaluateFileCaptions(
  { evaluated, pool }: CaptionImages,
  models: LanguageModels,
  config: LanguageConfig,
  options: EvaluationOptions = {},
): Promise<FileCaptionEvaluation> {
  const results: FileCaptionResult[] = [];
  const samples: FileCaptionSample[] = [];
  for (const { name, words, write } of captionSystems(models, pool, config)) {
    const inputs = evaluated.map((one) => ({ words: wordsRead(one, words) }));
    const captions = await write(inputs, callOptions(`captions: ${name}`, options));
    const written = evaluated.map((one, i) => {
      return { caption: captions[i] as string, references: one.captions };
    });
    results.push(scores(name, written));
    if (samples.length > 0) continue;
    for (const [i, one] of evaluated.slice(0, SAMPLES).entries()) {
      const shown = { image: one.image, words: one.words.slice(0, config.words) };
      samples.push({ ...shown, ...(written[i] as CaptionedImage) });
    }
  }
  return { results, samples };
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
