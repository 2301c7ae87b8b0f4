import { buildCodebooks } from "../../src/index.js";
import { noisePictures, TEXTS, tinyClip } from "./tiny-clip.js";

/** Builds tiny codebooks, saves after every step, and then tells so and gives time to be killed. */
const begun = new Set<string>();
await buildCodebooks(TEXTS, tinyClip(), noisePictures(40), {
  threads: 1,
  dir: process.argv[2] as string,
  votesNeeded: 4,
  saveEvery: 0,
  onProgress: ({ stage, done }) => {
    if (begun.has(stage)) {
      process.stdout.write(`${stage} ${done}\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
    begun.add(stage);
  },
});
