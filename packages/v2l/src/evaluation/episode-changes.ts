import { expected, Random, V2LError } from "@v2l/nn";
import type { Episode, Example } from "../tasks/index.js";

/** The same episodes with the first `shots` support images of each class: what is left keeps its order. */
export function withShots<T extends Example>(
  episodes: readonly Episode<T>[],
  shots: number,
): Episode<T>[] {
  return episodes.map((episode) => {
    const left = new Map(episode.classes.map((name) => [name, shots]));
    const support = episode.support.filter(({ output }) => {
      const more = left.get(output) ?? 0;
      left.set(output, more - 1);
      return more > 0;
    });
    return { ...episode, support };
  });
}

/** The same episodes, each image with other words. */
export function withWords<T extends Example>(
  episodes: readonly Episode<T>[],
  words: (image: T) => readonly string[],
): Episode<T>[] {
  const change = (image: T): T => ({ ...image, words: words(image) });
  return episodes.map(({ classes, support, queries }) => ({
    classes,
    support: support.map(change),
    queries: queries.map(change),
  }));
}

/** The control in which nothing is seen: no image has words. */
export function withoutWords<T extends Example>(episodes: readonly Episode<T>[]): Episode<T>[] {
  return withWords(episodes, () => []);
}

/**
 * The control in which words tell nothing about their image: each image of an episode shows the words of
 * a random other one, and no two of an episode those of the same.
 * @param donors images to take words from, more than an episode has
 * @throws V2LError INVALID_ARGUMENT where there are too few
 */
export function withShuffledWords<T extends Example>(
  episodes: readonly Episode<T>[],
  donors: readonly T[],
  seed: number,
): Episode<T>[] {
  const random = new Random(seed);
  const most = Math.max(
    0,
    ...episodes.map(({ support, queries }) => support.length + queries.length),
  );
  if (donors.length <= most) {
    const what = `more than the ${most} images of an episode`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "donors", donors.length));
  }
  return episodes.flatMap((episode) => {
    const taken = new Set<T>();
    return withWords([episode], (image) => {
      for (;;) {
        const donor = donors[random.integer(donors.length)] as T;
        if (taken.has(donor) || donor.words === image.words) continue;
        taken.add(donor);
        return donor.words;
      }
    });
  });
}

/**
 * The same episodes with the classes called by random names of a list, other ones in each episode: what
 * a name means tells nothing, so that only the examples can.
 * @param names different ones, at least as many as an episode has classes
 * @throws V2LError INVALID_ARGUMENT where there are too few
 */
export function withNames<T extends Example>(
  episodes: readonly Episode<T>[],
  names: readonly string[],
  seed: number,
): Episode<T>[] {
  const random = new Random(seed);
  return episodes.map(({ classes, support, queries }) => {
    if (names.length < classes.length) {
      const what = `at least ${classes.length} names`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "names", names.length));
    }
    const drawn = random.shuffle([...names]);
    const nameOf = new Map(classes.map((name, i) => [name, drawn[i] as string]));
    const renamed = (image: T): T => ({ ...image, output: nameOf.get(image.output) as string });
    return {
      classes: classes.map((name) => nameOf.get(name) as string),
      support: support.map(renamed),
      queries: queries.map(renamed),
    };
  });
}
