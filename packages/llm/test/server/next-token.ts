import { Random } from "@v2l/nn";
import { chooseToken } from "../../src/choose-token.js";
import type { Ids, LanguageModel, Sampling } from "../../src/index.js";

/** Log-probabilities of all tokens after a prompt. */
export async function distribution(model: LanguageModel, prompt: Ids): Promise<Float32Array> {
  const all = Array.from({ length: model.info.vocabularySize }, (_, id) => id);
  const [logProbs] = await model.nextLogProbs([prompt], all);
  return logProbs as Float32Array;
}

/** Draws from the tokens for which `isAllowed`. */
export function choose(
  logProbs: Float32Array,
  isAllowed: (id: number) => boolean,
  sampling: Sampling | undefined,
  random: Random,
): number {
  const candidates = Float32Array.from(logProbs, (value, id) =>
    isAllowed(id) ? value : -Infinity,
  );
  return chooseToken(candidates, sampling, random);
}

export function seeded(seed: number | undefined): Random {
  return new Random(seed ?? 0);
}

/** Ids from the likeliest on. */
export function likeliest(logProbs: Float32Array, count: number): number[] {
  const ids = Array.from(logProbs.keys());
  ids.sort((a, b) => (logProbs[b] as number) - (logProbs[a] as number));
  return ids.slice(0, count);
}
