import { Random } from "@v2l/nn";

/**
 * Random numbers that depend on nothing but the seed and `stream`, e.g. `text/<step>/<slot>`: what is
 * drawn this way can be drawn again after a restart without storing a generator's state.
 */
export function randomFor(seed: number, stream: string): Random {
  // FNV-1a
  let hash = 0x811c9dc5;
  for (const character of `${seed}/${stream}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  }
  return new Random(hash >>> 0);
}

/** One of `items`, which must not be empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)] as T;
}

/** An index with probability proportional to its weight. */
export function pickWeighted(random: Random, weights: readonly number[]): number {
  let rest = random.uniform(
    0,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  const index = weights.findIndex((weight) => {
    rest -= weight;
    return rest < 0;
  });
  return Math.max(0, index);
}
