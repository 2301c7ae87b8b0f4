import { Random } from "@v2l/nn";
import { NOUNS } from "@v2l/train";
import { type ClassificationTask, type Example, episodeTasks, sampleEpisodes } from "v2l";

const CLASSES = 40;
const IMAGES = 12;
const WAYS = 5;
const SHOTS = 5;

/**
 * The tasks of 5-way 5-shot episodes, episode by episode. An image's words are drawn at random from
 * `vocabulary`: what they mean changes no time.
 */
export function episodes(
  vocabulary: readonly string[],
  { words, queries }: { readonly words: number; readonly queries: number },
  count: number,
  seed: number,
): ClassificationTask[] {
  const random = new Random(seed);
  const set: Example[] = NOUNS.slice(0, CLASSES).flatMap(({ name }) =>
    Array.from({ length: IMAGES }, () => ({
      words: random.shuffle([...vocabulary]).slice(0, words),
      output: name,
    })),
  );
  return sampleEpisodes(set, count, { ways: WAYS, shots: SHOTS, queries, seed }).flatMap(
    episodeTasks,
  );
}
