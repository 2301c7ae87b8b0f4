import { basename } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import {
  type Codebook,
  type Episode,
  type ImageExample,
  pieceText,
  readClassNames,
  readImageExamples,
  readOfficialSplit,
  type V2L,
} from "v2l";
import { randomFor } from "../../run/random.js";
import type { FewShotTask } from "../few-shot.js";
import type { FewShotImage, FewShotSet } from "../few-shot-sets.js";
import type { ImageReader } from "./image-reader.js";

/** Images of known class on the disk. */
export interface FewShotFiles {
  /** A folder with a folder of images for each class, or with a table of images and labels. */
  readonly data: string;
  /** JSON with names of the classes by their folders, see `readClassNames`. */
  readonly names?: string | undefined;
}

/** What makes few-shot images of files. */
export interface FewShotReading {
  readonly v2l: V2L;
  readonly reader: ImageReader;
  /** Its vocabulary says which words are subwords; null where that is of no interest. */
  readonly localCodebook: Codebook | null;
}

/**
 * Reads images of each class, drawn at random.
 * @param images of each class, at most
 * @throws V2LError what `readImageExamples`, `readClassNames` and reading an image throw
 */
export async function readFewShotFolder(
  reading: FewShotReading,
  { data, names: path }: FewShotFiles,
  { images: each, seed }: { readonly images: number; readonly seed: number },
): Promise<FewShotSet[]> {
  const names = path === undefined ? undefined : await readClassNames(path);
  const examples = await readImageExamples(data, "label");
  const left = new Map<string, number>();
  const drawn = randomFor(seed, "images of classes")
    .shuffle([...examples])
    .filter(({ output }) => {
      const more = left.get(output) ?? each;
      left.set(output, more - 1);
      return more > 0;
    });
  const named = drawn.map((one) => ({ ...one, output: names?.get(one.output) ?? one.output }));
  const images = await fewShotImages(reading, named);
  return [{ name: basename(data), sources: [{ support: images }] }];
}

/**
 * Reads episodes of official splits, and their images.
 * @param files such as `5_way_1_shot.csv`, each of which becomes a row of the table
 * @param count episodes of each file, the first ones, at most
 * @throws V2LError what `readOfficialSplit`, `readClassNames` and reading an image throw
 */
export async function readFewShotSplits(
  reading: FewShotReading,
  { data, names: path }: FewShotFiles,
  files: readonly string[],
  count: number,
): Promise<FewShotTask[]> {
  const names = path === undefined ? {} : { names: await readClassNames(path) };
  const splits: Episode<ImageExample>[][] = [];
  for (const file of files) {
    const split = (await readOfficialSplit(file, { root: data, ...names })).slice(0, count);
    checkShape(split, file);
    splits.push(split);
  }
  const examples = splits.flatMap((episodes) => episodes.flatMap(imagesOf));
  const distinct = [...new Map(examples.map((one) => [one.image, one])).values()];
  const images = await fewShotImages(reading, distinct);
  const imageAt = new Map(distinct.map(({ image }, i) => [image, images[i] as FewShotImage]));
  const read = ({ image }: ImageExample) => imageAt.get(image) as FewShotImage;
  return files.map((file, i) => {
    const episodes = (splits[i] as Episode<ImageExample>[]).map(({ classes, support, queries }) => {
      return { classes, support: support.map(read), queries: queries.map(read) };
    });
    const { classes, support } = episodes[0] as Episode<FewShotImage>;
    return {
      set: basename(file),
      ways: classes.length,
      shots: support.length / classes.length,
      episodes,
      donors: [...new Set(episodes.flatMap(imagesOf))],
    };
  });
}

/** A row of the table is about one shape. */
function checkShape(episodes: readonly Episode<ImageExample>[], file: string): void {
  const shapes = episodes.map(({ classes, support }) => {
    return `${classes.length}-way ${support.length / classes.length}-shot`;
  });
  const other = shapes.findIndex((shape) => shape !== shapes[0]);
  if (other < 0) return;
  const received = `${shapes[other]} as episode ${other + 1}`;
  throw new V2LError("INVALID_ARGUMENT", expected(`${shapes[0]} episodes`, file, received));
}

function imagesOf<T>({ support, queries }: Episode<T>): T[] {
  return [...support, ...queries];
}

async function fewShotImages(
  { v2l, reader, localCodebook }: FewShotReading,
  examples: readonly ImageExample[],
): Promise<FewShotImage[]> {
  const readings = await reader.read(
    examples.map(({ image }) => image),
    "images",
  );
  const found = examples.map(({ image, output }) => ({ output, ...readings.get(image) }));
  const embeddings = found.map(({ embedding }) => embedding as Float32Array);
  const pieces = new Set(localCodebook?.vocabulary.map(pieceText));
  const among = (word: string) => pieces.has(word);
  const nearest = localCodebook ? await v2l.nearestWords(embeddings, { among }) : [];
  return found.map(({ output, words = [], embedding = new Float32Array() }, i) => {
    return { output, words, embedding, subwords: (nearest[i] ?? []).map(({ word }) => word) };
  });
}
