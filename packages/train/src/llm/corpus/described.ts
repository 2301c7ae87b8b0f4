import type { Random } from "@v2l/nn";
import { pick, pickWeighted } from "../../run/random.js";
import { NOUNS, type Noun } from "../../world/index.js";

/** An object, and others that somebody who goes by resemblance takes it for. */
export interface Described {
  readonly noun: Noun;
  readonly similar: readonly Noun[];
}

const KIN = new Map(NOUNS.map((noun) => [noun, kinOf(noun)]));

/** Draws which similar objects it is taken for; the same ones in all descriptions. */
export function described(noun: Noun, random: Random): Described {
  const similar = random.shuffle([...(KIN.get(noun) ?? [])]).slice(0, random.integer(5));
  return { noun, similar };
}

/**
 * Words that such a person notes down about it, the most telling first: as a rule its name, then other
 * forms of it, keywords, and names of what is similar.
 * @param count at most this many
 */
export function describingWords(
  { noun, similar }: Described,
  count: number,
  random: Random,
): string[] {
  const words = new Set<string>();
  const leads = random.uniform() < 0.8;
  if (leads) words.add(spelled(noun, random));
  for (let i = 0; i < 2 * count && words.size < count; i++) {
    const kinds = [2, noun.keywords.length === 0 ? 0 : 4, similar.length === 0 ? 0 : 2.5];
    const kind = pickWeighted(random, kinds);
    if (kind === 1) words.add(pick(random, noun.keywords));
    else words.add(spelled(kind === 0 ? noun : pick(random, similar), random));
  }
  return [...words];
}

/** Alone, or as a vocabulary's entries of two words have it: `tigers animal`. */
function spelled({ name, plural, keywords }: Noun, random: Random): string {
  const form = random.uniform() < 0.75 ? name : plural;
  if (keywords.length === 0 || random.uniform() < 0.5) return form;
  return `${form} ${pick(random, keywords)}`;
}

/** Objects of the same category, those with a keyword in common first; the nearest dozen. */
function kinOf(noun: Noun): readonly Noun[] {
  const shared = (other: Noun) => other.keywords.filter((word) => noun.keywords.includes(word));
  return NOUNS.filter((other) => other !== noun && other.category === noun.category)
    .map((other) => ({ other, common: shared(other).length }))
    .sort((a, b) => b.common - a.common)
    .slice(0, 12)
    .map(({ other }) => other);
}
