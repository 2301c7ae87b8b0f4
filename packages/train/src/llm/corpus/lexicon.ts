import type { Random } from "@v2l/nn";
import { pick } from "../../run/random.js";
import { emojiEntries } from "../../world/emojibase.js";
import { COLOR_NAMES, NOUNS, type Noun, type SentencePieceModel } from "../../world/index.js";
import type { Part } from "./document.js";
import { inventedWord, isHeldOut } from "./invented-words.js";
import { readWordNet, type Synset } from "./wordnet.js";

/** A thing that words can be about. */
export interface Concept {
  readonly name: string;
  /** Words for it, its name first: CLDR keywords, or synonyms and the words of a definition. */
  readonly words: readonly string[];
}

/** Everything that documents are made of. Equal files give equal lexicons. */
export class Lexicon {
  /** Objects, emoji and meanings of WordNet, by part. */
  readonly concepts: Readonly<Record<Part, readonly (readonly Concept[])[]>>;
  /** Whole words of the vocabulary, then pieces inside words. */
  readonly words: readonly string[];
  readonly fragments: readonly string[];
  /** Ids of all pieces, those of single bytes too; without begin, end and the unknown. */
  readonly pieceIds: readonly number[];
  readonly synsets: readonly Synset[];
  /** Names of two or three words, of emoji and of WordNet's meanings: `hot dog`, `fire engine`. */
  readonly compounds: readonly (readonly string[])[];

  /** @param wordnet folder of WordNet's files; null: without it */
  constructor(model: SentencePieceModel, wordnet: string | null) {
    this.synsets = wordnet === null ? [] : readWordNet(wordnet);
    const objects = NOUNS.map(({ name, plural, keywords }) => {
      return concept(name, [name, plural, ...keywords]);
    });
    const emoji = emojiEntries()
      .filter(({ label }) => PHRASE.test(label))
      .map(({ label, tags }) => concept(label, [label, ...tags]));
    const meanings = this.synsets.map(meaning).filter((each) => each !== null);
    const groups = [objects, emoji, meanings].filter((group) => group.length > 0).map(split);
    this.concepts = {
      train: groups.map(({ train }) => train),
      validation: groups.map(({ validation }) => validation),
    };
    const spelled = model.pieces.filter(({ type }) => type === "normal").map(({ piece }) => piece);
    this.words = spelled.filter((piece) => /^▁[a-z]{3,}$/.test(piece)).map((p) => p.slice(1));
    this.fragments = spelled.filter((piece) => /^[a-z]{2,}$/.test(piece));
    this.pieceIds = [...model.pieces.keys()].filter((id) => {
      const type = model.pieces[id]?.type;
      return type === "normal" || type === "byte";
    });
    this.compounds = [
      emojiEntries().flatMap(({ label, tags }) => [label, ...tags]),
      this.synsets.flatMap(({ lemmas }) => lemmas),
    ]
      .map((names) => names.filter((name) => name.includes(" ") && PHRASE.test(name)))
      .filter((names) => names.length > 0);
  }

  /** A concept; objects, emoji and meanings are equally likely. */
  concept(random: Random, part: Part): Concept {
    return pick(random, pick(random, this.concepts[part]));
  }

  /** An object of the demo world. */
  object(random: Random, part: Part): Noun {
    return pick(random, OBJECTS[part]);
  }

  /** A random word without a meaning for anything: of the vocabulary, a piece of one, or invented. */
  word(random: Random, part: Part): string {
    const kind = random.uniform();
    if (kind < 0.15) return pick(random, this.fragments);
    if (kind < 0.25) return inventedWord(random, part);
    if (kind < 0.3) return pick(random, COLOR_NAMES);
    return pick(random, this.words);
  }
}

/** Objects by part. */
const OBJECTS = split(NOUNS);

/** One to three words of plain letters. */
const PHRASE = /^[a-z]{2,}([ -][a-z]{2,}){0,2}$/;

/** Words of a definition that say little. */
const EMPTY = new Set(
  (
    "the and for with that from used one any are its has have which who whose they their this being " +
    "not usually especially often such some into other more very was were been than when made between " +
    "something someone having large small each about having over under out can may most only also"
  ).split(" "),
);

function concept(name: string, words: readonly string[]): Concept {
  return { name, words: [...new Set(words.filter((word) => PHRASE.test(word)))] };
}

/** The words of a noun's definition belong to it; null where there are too few, or the name is odd. */
function meaning({ lemmas, gloss, broader }: Synset): Concept | null {
  const [name = ""] = lemmas;
  if (!PHRASE.test(name) || broader.length === 0) return null;
  const defining = (gloss.split("; ")[0] as string)
    .split(/[^a-z]+/)
    .filter((word) => word.length > 2 && !EMPTY.has(word));
  const found = concept(name, [...lemmas, ...broader.slice(0, 2), ...defining]);
  return found.words.length >= 4 ? found : null;
}

function split<T extends { readonly name: string }>(all: readonly T[]): Record<Part, T[]> {
  return {
    train: all.filter(({ name }) => !isHeldOut(name)),
    validation: all.filter(({ name }) => isHeldOut(name)),
  };
}
