import { join } from "node:path";
import { expected, fromFloat32, V2LError } from "@v2l/nn";
import { ClipSessions, type SessionOptions, SimilaritySession } from "@v2l/onnx";
import type { BundleParts } from "../bundle/write-bundle.js";
import { clipInput } from "../image/preprocess.js";
import { Prefetcher } from "../parallel/index.js";
import { clipDigest } from "./clip-digest.js";
import type { ImageSet } from "./images.js";
import { runStage, type StageOptions } from "./stage.js";
import { textsDigest } from "./vocabulary.js";

/** Where {@link countVotes} keeps its counts: `votes` [candidates], int32. */
export const VOTES_FILE = "votes.safetensors";

/** Images that go through CLIP together. Fixed, so that results depend on the images alone. */
const IMAGES = 16;

export interface FilterOptions extends StageOptions, SessionOptions {
  /** Folder of the result, and of what a run that was stopped continues from. */
  readonly dir: string;
  /** Entries each image votes for; 5 by default, as in the paper. */
  readonly votesEach?: number;
  /** Images between two saves or reports of progress, rounded up to a multiple of 16 (the default). */
  readonly batchSize?: number;
}

/**
 * Lets every image vote for its most similar texts: those whose rows have the largest dot products with
 * the image's feature (paper, section 3.1; step 3 of the official code). Ties go to the earlier text.
 * Continues an earlier run in the folder.
 * @param rows [candidates,embedDim], as {@link embedTexts} makes them; not normalised
 * @returns the votes of each candidate
 * @throws V2LError INVALID_ARGUMENT; RESUME_MISMATCH where the folder has a run of other images, texts or
 * another CLIP; what loading an image throws
 */
export async function countVotes(
  images: ImageSet,
  candidates: readonly string[],
  rows: Float32Array,
  clip: BundleParts["clip"],
  options: FilterOptions,
): Promise<Int32Array> {
  const { votesEach = 5, batchSize = IMAGES } = options;
  if (!(Number.isInteger(votesEach) && votesEach >= 1 && votesEach <= candidates.length)) {
    const what = `an integer from 1 to ${candidates.length}, the number of candidates`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "votesEach", votesEach));
  }
  const table = fromFloat32(rows, [candidates.length, clip.config.embedDim]);
  const { config, weights } = clip;
  const sessionOptions = { ...options, config, weights, globalCodebook: null };
  using sessions = await ClipSessions.create({ ...sessionOptions, halves: ["image"] });
  using similarity = await SimilaritySession.create(table, votesEach, options);
  const inputs = new Prefetcher(
    (chunk) => clipInputs(images, chunk * IMAGES, config.vision.imageSize),
    1,
    Math.ceil(images.length / IMAGES),
  );
  const votes = new Int32Array(candidates.length);
  const bytes = new Uint8Array(votes.buffer);
  await runStage(
    {
      name: "filter",
      total: images.length,
      step: IMAGES * Math.max(1, Math.ceil(batchSize / IMAGES)),
      config: {
        images: images.id,
        candidates: textsDigest(candidates),
        clip: clipDigest(clip, "text") + clipDigest(clip, "image"),
        votesEach,
      },
      state: new Map([["votes", { dtype: "int32", shape: [votes.length], bytes }]]),
      work: async (first, end) => {
        const chosen: number[] = [];
        for (let image = first; image < end; image += IMAGES) {
          const pixels = await inputs.get(image / IMAGES);
          const { features } = await sessions.encodeImage(pixels);
          chosen.push(...(await similarity.mostSimilar(features)));
        }
        for (const candidate of chosen) votes[candidate] = (votes[candidate] as number) + 1;
      },
    },
    join(options.dir, VOTES_FILE),
    options,
  );
  return votes;
}

/** CLIP's inputs of the images from `first` on. */
async function clipInputs(images: ImageSet, first: number, side: number): Promise<Float32Array> {
  const planes = 3 * side * side;
  const count = Math.min(IMAGES, images.length - first);
  const pixels = new Float32Array(count * planes);
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const place = pixels.subarray(i * planes, (i + 1) * planes);
      clipInput(await images.item(first + i), side, place);
    }),
  );
  return pixels;
}
