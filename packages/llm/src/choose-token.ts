import type { Random } from "@v2l/nn";
import type { Sampling } from "./language-model.js";

/**
 * Chooses one candidate from a restricted distribution.
 * @param logProbs one per candidate, up to a common constant; at least one is finite
 * @param random draws one number unless the choice is greedy
 * @returns the index of the chosen candidate; of equal best ones the first
 */
export function chooseToken(
  logProbs: ArrayLike<number>,
  sampling: Sampling | undefined,
  random: Random,
): number {
  if (!sampling || sampling.temperature === 0) return indexOfMax(logProbs);
  const { temperature, topP } = sampling;
  const best = logProbs[indexOfMax(logProbs)] as number;
  const order = Array.from({ length: logProbs.length }, (_, i) => i);
  const weights = order.map((i) => Math.exp(((logProbs[i] as number) - best) / temperature));
  if (topP < 1) order.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const nucleus = countUntil(order, weights, topP * total);
  const mass = order.slice(0, nucleus).reduce((sum, i) => sum + (weights[i] as number), 0);
  return order[countUntil(order, weights, random.uniform() * mass, nucleus) - 1] as number;
}

/** How many of the candidates, in this order, it takes until their weights reach `goal`. */
function countUntil(order: number[], weights: number[], goal: number, most = order.length): number {
  let sum = 0;
  for (let count = 1; count < most; count++) {
    sum += weights[order[count - 1] as number] as number;
    if (sum >= goal && sum > 0) return count;
  }
  return most;
}

function indexOfMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[best] as number)) best = i;
  }
  return best;
}
