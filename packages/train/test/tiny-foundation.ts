import { clipNetwork, fromFloat32, initialize, Random } from "@v2l/nn";
import { writeFoundation } from "v2l";

/** Of its embeddings. */
export const WIDTH = 16;
const CLIP = {
  embedDim: WIDTH,
  vision: { imageSize: 32, patchSize: 16, width: 16, layers: 1, heads: 2 },
  text: null,
};

/** A random CLIP of 32 pixels, 64 local words and 24 global ones. */
export async function writeTinyFoundation(path: string): Promise<void> {
  const rows = (count: number, seed: number) => {
    const random = new Random(seed);
    const values = Float32Array.from({ length: count * WIDTH }, () => random.normal() / 4);
    return {
      embedding: fromFloat32(values, [count, WIDTH]),
      vocabulary: Array.from({ length: count }, (_, i) => `word ${i}`),
    };
  };
  await writeFoundation(path, {
    clip: {
      config: CLIP,
      weights: initialize(clipNetwork(CLIP).params, 1),
      preprocess: "demo",
      textTokenizer: null,
      reference: "random",
    },
    llm: null,
    local: rows(64, 2),
    global: rows(24, 3),
  });
}
