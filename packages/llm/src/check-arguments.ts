import { expected, V2LError } from "@v2l/nn";
import type {
  GenerateItem,
  Ids,
  LanguageModelInfo,
  Sampling,
  ScoreItem,
} from "./language-model.js";

// What every adapter checks before it asks its model, so that all of them refuse the same arguments
// with the same errors.

type Limits = Pick<LanguageModelInfo, "vocabularySize" | "contextSize">;

/**
 * Checks the arguments of `nextLogProbs`.
 * @returns the ids asked about, one list per prompt
 * @throws V2LError INVALID_ARGUMENT; CONTEXT_OVERFLOW.
 */
export function checkNextLogProbs(
  limits: Limits,
  prompts: readonly Ids[],
  ids: Ids | readonly Ids[],
): readonly Ids[] {
  prompts.forEach((prompt, i) => {
    checkPrompt(limits, prompt, `prompts[${i}]`);
  });
  if (!isListPerPrompt(ids)) {
    checkIds(limits, ids, "ids");
    return prompts.map(() => ids);
  }
  if (ids.length !== prompts.length) {
    throw invalid(`one list per prompt (${prompts.length})`, "ids", `${ids.length} lists`);
  }
  ids.forEach((list, i) => {
    checkIds(limits, list, `ids[${i}]`);
  });
  return ids;
}

/** Checks the arguments of `score`. @throws V2LError INVALID_ARGUMENT; CONTEXT_OVERFLOW. */
export function checkScore(limits: Limits, items: readonly ScoreItem[]): void {
  items.forEach(({ prefix, continuations }, i) => {
    const longest = Math.max(0, ...continuations.map((each) => each.length));
    checkPrompt(limits, prefix, `items[${i}].prefix`, longest);
    continuations.forEach((each, j) => {
      checkIds(limits, each, `items[${i}].continuations[${j}]`);
    });
  });
}

/** Checks the arguments of `generate`. @throws V2LError INVALID_ARGUMENT; CONTEXT_OVERFLOW. */
export function checkGenerate(limits: Limits, items: readonly GenerateItem[]): void {
  items.forEach(({ prompt, allowed, stop, sampling }, i) => {
    checkPrompt(limits, prompt, `items[${i}].prompt`, allowed.length);
    const checked = new Set<Ids>();
    allowed.forEach((ids, position) => {
      if (ids === null || checked.has(ids)) return;
      const name = `items[${i}].allowed[${position}]`;
      if (ids.length === 0) throw invalid("at least one id", name, "an empty list");
      checkIds(limits, ids, name);
      checked.add(ids);
    });
    if (stop) checkIds(limits, stop, `items[${i}].stop`);
    if (sampling) checkSampling(sampling, `items[${i}].sampling`);
  });
}

/** Checks that ids lie inside the vocabulary. @throws V2LError INVALID_ARGUMENT. */
export function checkIds({ vocabularySize }: Limits, ids: Ids, name: string): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (!Number.isInteger(id) || id < 0 || id >= vocabularySize) {
      throw invalid(`an id from 0 to ${vocabularySize - 1}`, `${name}[${i}]`, id);
    }
  }
}

function checkPrompt(limits: Limits, prompt: Ids, name: string, continuation = 0): void {
  if (prompt.length === 0) throw invalid("at least one id", name, "an empty prompt");
  checkIds(limits, prompt, name);
  if (prompt.length + continuation > limits.contextSize) {
    throw new V2LError(
      "CONTEXT_OVERFLOW",
      expected(
        `at most ${limits.contextSize} tokens, the model's context,`,
        name,
        `${prompt.length} and ${continuation} to follow`,
        "Shorten the prompt, or open the model with a larger context",
      ),
    );
  }
}

function checkSampling({ temperature, topP, seed }: Sampling, name: string): void {
  if (!(temperature >= 0 && temperature < Infinity)) {
    throw invalid("0 or a positive number", `${name}.temperature`, temperature);
  }
  if (!(topP > 0 && topP <= 1)) throw invalid("a number in (0, 1]", `${name}.topP`, topP);
  if (!Number.isSafeInteger(seed)) throw invalid("an integer", `${name}.seed`, seed);
}

function isListPerPrompt(ids: Ids | readonly Ids[]): ids is readonly Ids[] {
  return Array.isArray(ids[0]);
}

function invalid(what: string, name: string, received: unknown): V2LError {
  return new V2LError("INVALID_ARGUMENT", expected(what, name, received));
}
