import { describeVideo, type V2L, type VideoWords } from "v2l";
import type { Output } from "../output/output.js";
import { imageFiles } from "./images.js";

/** What the words of an image or a video are. */
export interface Reading {
  readonly image: string;
  readonly words: readonly string[];
  /** Of a video: the words of its frames. */
  readonly frames?: VideoWords["frames"];
}

/** Turns the images (with `video`: the videos) that the paths name into words. */
export async function readings(
  v2l: V2L,
  paths: readonly string[],
  { video }: { readonly video: boolean },
  output: Output,
): Promise<Reading[]> {
  const files = video ? paths : await imageFiles(paths, output);
  const progress = output.progress("Reading");
  const read: Reading[] = [];
  for (const image of files) {
    read.push({
      image,
      ...(video ? await describeVideo(v2l, image) : await describeOne(v2l, image)),
    });
    progress.update({ done: read.length, total: files.length });
  }
  progress.end();
  return read;
}

async function describeOne(v2l: V2L, image: string): Promise<{ words: string[] }> {
  return { words: (await v2l.describe(image)).map(({ word }) => word) };
}
