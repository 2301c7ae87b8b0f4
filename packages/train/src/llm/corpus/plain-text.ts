import type { Random } from "@v2l/nn";
import { pick } from "../../run/random.js";
import { emojiEntries } from "../../world/emojibase.js";
import { article, COLOR_NAMES, NOUNS, type Noun } from "../../world/index.js";
import { answer, type Document, given, type Kind, type Part, type Span } from "./document.js";
import { isHeldOut } from "./invented-words.js";
import type { Lexicon } from "./lexicon.js";
import type { Synset } from "./wordnet.js";

const EMOJI = emojiEntries().filter(({ tags }) => tags.length > 0);

/** What CLDR says about emoji, and what the world knows of its objects. */
export function factsDocument(random: Random): Document {
  return lines("facts", 2 + random.integer(5), () => {
    if (random.uniform() < 0.5) return nounFact(pick(random, NOUNS), random);
    const { label, tags } = pick(random, EMOJI);
    return `${label}: ${random.shuffle([...tags]).join(", ")}`;
  });
}

function nounFact({ name, plural, form, category, keywords }: Noun, random: Random): string {
  const one = form === "count" ? `${article(name)} ${name}` : name;
  const facts = [
    `${one} is ${article(category)} ${category}.`,
    `Many ${plural}.`,
    `This is ${one}.`,
    `${name}: ${[name, ...random.shuffle([...keywords])].join(", ")}`,
  ];
  return pick(random, facts);
}

/** Entries of a dictionary. */
export function glossesDocument(lexicon: Lexicon, random: Random, part: Part): Document {
  return lines("glosses", 1 + random.integer(4), () => {
    const { lemmas, gloss } = heldFrom(lexicon.synsets, random, part);
    return `${lemmas.slice(0, 3).join(", ")}: ${gloss}`;
  });
}

function heldFrom(synsets: readonly Synset[], random: Random, part: Part): Synset {
  for (;;) {
    const synset = pick(random, synsets);
    if (isHeldOut(synset.gloss) === (part === "validation")) return synset;
  }
}

/**
 * What comes after `a photo of`: objects, and names of several words. A noun that begins such a name
 * hardly ever stands alone, so that a model of this text can lengthen it.
 */
export function phrasesDocument(lexicon: Lexicon, random: Random): Document {
  return lines("phrases", 3 + random.integer(6), () => {
    const openings = ["a photo of", "a photo of", "a picture of", "an image of"];
    return `${pick(random, openings)} ${phrase(lexicon, random)}`;
  });
}

function phrase(lexicon: Lexicon, random: Random): string {
  const { name, plural, keywords, form } = pick(random, NOUNS);
  switch (random.integer(5)) {
    case 0:
      return `${pick(random, COLOR_NAMES)} ${name}`;
    case 1:
      if (keywords.length === 0) return `many ${plural}`;
      return [name, ...random.shuffle([...keywords]).slice(0, 1 + random.integer(2))].join(" ");
    case 2:
      return form === "count" ? `${article(name)} ${name}` : `some ${name}`;
    default:
      return pick(random, pick(random, lexicon.compounds));
  }
}

/** Lists: words of one thing, members of one kind. */
export function listsDocument(lexicon: Lexicon, random: Random, part: Part): Document {
  return lines("lists", 2 + random.integer(4), () => {
    if (random.uniform() < 0.4) {
      const { category } = pick(random, NOUNS);
      const members = NOUNS.filter((noun) => noun.category === category);
      const some = random.shuffle([...members]).slice(0, 3 + random.integer(6));
      return `${category}: ${some.map(({ name }) => name).join(", ")}`;
    }
    const { words } = lexicon.concept(random, part);
    return random
      .shuffle([...words])
      .slice(0, 8)
      .join(random.uniform() < 0.5 ? " " : ", ");
  });
}

/** Random words, and the same words again, at first up to four times. */
export function copiesDocument(
  lexicon: Lexicon,
  random: Random,
  part: Part,
  growth: number,
): Document {
  const count = 2 + random.integer(4 + Math.round(15 * growth));
  const words = Array.from({ length: count }, () => lexicon.word(random, part)).join(" ");
  const times = 1 + random.integer(2 + Math.round(2 * (1 - growth)));
  return { kind: "copies", spans: [given(`${words}\n`), ...repeated(words, times)] };
}

/** Every word of a copy but the first follows from the original. */
function repeated(words: string, times: number): Span[] {
  const blank = words.indexOf(" ");
  return Array.from({ length: times }, () => [
    given(words.slice(0, blank)),
    answer(`${words.slice(blank)}\n`),
  ]).flat();
}

function lines(kind: Kind, count: number, line: () => string): Document {
  return { kind, spans: Array.from({ length: count }, () => given(`${line()}\n`)) };
}
