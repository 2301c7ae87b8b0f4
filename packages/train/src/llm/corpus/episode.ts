import type { Random } from "@v2l/nn";
import type { Example } from "v2l";
import { pick } from "../../run/random.js";
import { described, describingWords } from "./described.js";
import type { Part } from "./document.js";
import { inventedWord } from "./invented-words.js";
import type { Concept, Lexicon } from "./lexicon.js";

/** What the classes of an episode are called. Only `name` can be told without the examples. */
export type Labels = "name" | "word" | "invented";

export interface EpisodeShape {
  readonly way: number;
  readonly shot: number;
  /** Words of an input. */
  readonly words: number;
  readonly labels: Labels;
  /** Share of an input's words that belong to its class. */
  readonly purity: number;
  /** Inputs to tell the class of; default 1. */
  readonly queries?: number;
  /** Concepts to take classes from; by default all, and groups of words that have nothing in common. */
  readonly concepts?: readonly Concept[];
}

/** Examples of several classes in random order, and more to tell the class of. */
export interface Episode {
  readonly classes: readonly string[];
  readonly examples: readonly Example[];
  readonly queries: readonly Example[];
}

/** A class while its inputs are drawn. */
interface WordClass {
  readonly label: string;
  /** Words about it, the most telling first; other ones for each input. */
  readonly own: () => readonly string[];
}

/** A fresh mapping from groups of words to labels, with noisy examples of it. */
export function drawEpisode(
  lexicon: Lexicon,
  random: Random,
  part: Part,
  shape: EpisodeShape,
): Episode {
  const classes = drawClasses(lexicon, random, part, shape);
  const nuisance = Array.from({ length: 6 }, () => lexicon.word(random, part));
  const example = ({ label, own }: WordClass): Example => ({
    words: drawInput(own(), nuisance, lexicon, random, part, shape),
    output: label,
  });
  const shots = classes.flatMap((each) => Array.from({ length: shape.shot }, () => example(each)));
  return {
    classes: random.shuffle(classes.map(({ label }) => label)),
    examples: random.shuffle(shots),
    queries: Array.from({ length: shape.queries ?? 1 }, () => example(pick(random, classes))),
  };
}

function drawClasses(
  lexicon: Lexicon,
  random: Random,
  part: Part,
  shape: EpisodeShape,
): WordClass[] {
  const classes: WordClass[] = [];
  const decay = random.uniform(0.2, 1);
  const objects = shape.concepts === undefined && random.uniform() < 0.4;
  while (classes.length < shape.way) {
    const object = objects ? lexicon.object(random, part) : null;
    const concept = object
      ? { name: object.name, words: [] }
      : drawConcept(lexicon, random, part, shape);
    const label = drawLabel(concept, lexicon, random, part, shape.labels);
    if (classes.some((other) => other.label === label)) continue;
    if (object) {
      const thing = described(object, random);
      classes.push({ label, own: () => describingWords(thing, shape.words, random) });
      continue;
    }
    // A model of images names what is near, too: words that are not about the thing, but come with it.
    const extra = random.integer(2 + Math.ceil(shape.words / 2));
    const strange = Array.from({ length: extra }, () => lexicon.word(random, part));
    const own = random.shuffle([...concept.words]).slice(0, 2 * shape.words);
    const pool = random.shuffle([
      ...own.map((word) => extended(word, random, lexicon)),
      ...strange,
    ]);
    const words = [...new Set(pool)];
    classes.push({ label, own: () => ranked(words, decay, random) });
  }
  return classes;
}

function drawConcept(
  lexicon: Lexicon,
  random: Random,
  part: Part,
  { concepts, labels, words }: EpisodeShape,
): Concept {
  if (concepts) return pick(random, concepts);
  if (labels === "name" || random.uniform() < 0.6) return lexicon.concept(random, part);
  const count = Math.ceil(words * random.uniform(0.8, 2));
  return { name: "", words: Array.from({ length: count }, () => lexicon.word(random, part)) };
}

function drawLabel(
  { name }: Concept,
  lexicon: Lexicon,
  random: Random,
  part: Part,
  labels: Labels,
): string {
  if (labels === "name") return name;
  if (labels === "invented") return inventedWord(random, part);
  return random.uniform() < 0.5 ? lexicon.concept(random, part).name : pick(random, lexicon.words);
}

/** Now and then a word with others after it, as two- and three-word entries of a vocabulary have. */
function extended(word: string, random: Random, lexicon: Lexicon): string {
  const more = random.uniform();
  if (more < 0.7) return word;
  const tail = more < 0.85 ? [1] : [1, 2];
  return [word, ...tail.map(() => pick(random, lexicon.words))].join(" ");
}

/** In random order; the earlier a word in the pool, the more often it is early. */
function ranked(pool: readonly string[], decay: number, random: Random): string[] {
  return pool
    .map((word, rank) => ({ word, key: random.uniform() ** ((rank + 1) ** decay) }))
    .sort((a, b) => b.key - a.key)
    .map(({ word }) => word);
}

function drawInput(
  about: readonly string[],
  nuisance: readonly string[],
  lexicon: Lexicon,
  random: Random,
  part: Part,
  { words, purity }: EpisodeShape,
): string[] {
  const input = new Set<string>();
  let next = 0;
  while (input.size < words) {
    const own = random.uniform() < purity ? about[next++] : undefined;
    const other = () =>
      random.uniform() < 0.4 ? pick(random, nuisance) : lexicon.word(random, part);
    input.add(own ?? other());
  }
  const list = [...input];
  return random.uniform() < 0.5 ? list : random.shuffle(list);
}
