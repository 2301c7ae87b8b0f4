import type {
  ControlledEvaluateIndexOutput,
  ControlledEvaluateInputItem,
  Token,
} from "node-llama-cpp";
import type { Ids } from "../language-model.js";

/** Above this many ids, reading all logits is faster: the filter searches its list for every entry. */
const LARGEST_FILTER = 1000;

/** What is read of a distribution: some ids, the likeliest alone, or everything. */
export type Question = { readonly ids: Ids } | "likeliest" | "all";

/** Tokens that could come next and their log-probabilities under the whole vocabulary. */
export interface Candidates {
  readonly ids: Ids;
  readonly logProbs: Float64Array;
}

/** A token to evaluate, and what is to be read of the distribution after it. */
export function inputItem(
  token: number,
  question: Question | undefined,
): ControlledEvaluateInputItem {
  if (question === undefined) return token as Token;
  if (question === "all" || readsAll(question)) {
    return [token as Token, { generateNext: { logits: true } }];
  }
  const tokens = question === "likeliest" ? [] : (question.ids as readonly Token[]);
  // Greedy selection selects the largest logit, which the normaliser is relative to.
  const filter = { tokens, includeSelected: true };
  return [token as Token, { generateNext: { logits: { filter }, totalLogitWeight: true } }];
}

/** The answer to a question; `ids` come as they were asked for, all others in their order. */
export function candidates(
  question: Question,
  { next }: ControlledEvaluateIndexOutput,
  vocabularySize: number,
): Candidates {
  const logits = next.logits as ReadonlyMap<number, number>;
  const [likeliest, max] = logits.entries().next().value as [number, number];
  const logWeight = readsAll(question)
    ? Math.log(totalWeight(logits, max))
    : Math.log(next.totalLogitWeight as number);
  const ids = idsOf(question, likeliest, vocabularySize);
  return {
    ids,
    logProbs: Float64Array.from(ids, (id) => (logits.get(id) as number) - max - logWeight),
  };
}

function readsAll(question: Question): boolean {
  return question === "all" || (question !== "likeliest" && question.ids.length > LARGEST_FILTER);
}

function idsOf(question: Question, likeliest: number, vocabularySize: number): Ids {
  if (question === "likeliest") return [likeliest];
  if (question === "all") return Array.from({ length: vocabularySize }, (_, id) => id);
  return question.ids;
}

function totalWeight(logits: ReadonlyMap<number, number>, max: number): number {
  let sum = 0;
  for (const logit of logits.values()) sum += Math.exp(logit - max);
  return sum;
}
