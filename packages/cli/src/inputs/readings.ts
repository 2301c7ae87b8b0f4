import { describeVideo, type ImageReading, readImages, type V2L, type VideoWords } from "v2l";
import type { Output } from "../output/output.js";
import { imageFiles } from "./images.js";

/** What the words of an image or a video are. */
export interface Reading {
  readonly image: string;
  readonly words: readonly string[];
  /** Words of its parts with where they are; none of a video. */
  readonly places: readonly string[];
  /** Of a video: the words of its frames. */
  readonly frames?: VideoWords["frames"];
}

/** Turns the images (with `video`: the videos) that the paths name into words. */
export async function readings(
  v2l: V2L,
  paths: readonly string[],
  { video, places = 0 }: { readonly video: boolean; readonly places?: number },
  output: Output,
): Promise<Reading[]> {
  const files = video ? paths : await imageFiles(paths, output);
  const progress = output.progress("Reading");
  const read: Reading[] = [];
  for (const image of files) {
    if (video) {
      read.push({ image, places: [], ...(await describeVideo(v2l, image)) });
    } else {
      const [reading] = await readImages(v2l, [image], { places });
      read.push({ image, ...(reading as ImageReading) });
    }
    progress.update({ done: read.length, total: files.length });
  }
  progress.end();
  return read;
}
