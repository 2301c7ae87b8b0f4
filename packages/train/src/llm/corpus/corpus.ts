import type { Random } from "@v2l/nn";
import { pickWeighted, randomFor } from "../../run/random.js";
import type { SentencePieceModel } from "../../world/index.js";
import { answerDocument, captionDocument, sceneDocument } from "./about-scenes.js";
import { type Document, KINDS, type Kind, type Part } from "./document.js";
import { fewShotDocument } from "./few-shot.js";
import { Lexicon } from "./lexicon.js";
import {
  copiesDocument,
  factsDocument,
  glossesDocument,
  listsDocument,
  phrasesDocument,
} from "./plain-text.js";

/** How often each kind of text is drawn; the numbers are relative. */
export type CorpusMix = Readonly<Record<Kind, number>>;

type Draw = (lexicon: Lexicon, random: Random, part: Part) => Document;

const DRAW: Readonly<Record<Kind, Draw>> = {
  scenes: (_, random, part) => sceneDocument(random, part),
  facts: (_, random) => factsDocument(random),
  glosses: glossesDocument,
  phrases: phrasesDocument,
  lists: listsDocument,
  copies: copiesDocument,
  fewShot: fewShotDocument,
  captions: captionDocument,
  answers: answerDocument,
};

/**
 * The text the demo's language model learns from. No word of it comes from a picture. A document is a
 * function of seed, part and index alone; there is no end to them.
 */
export class Corpus {
  readonly lexicon: Lexicon;
  private readonly weights: readonly number[];

  /**
   * @param wordnet folder of WordNet's files; null: no glosses, and the other kinds take their share
   * @throws V2LError FILE_NOT_FOUND where WordNet is asked for and missing
   */
  constructor(
    model: SentencePieceModel,
    mix: CorpusMix,
    private readonly seed: number,
    wordnet: string | null,
  ) {
    this.lexicon = new Lexicon(model, wordnet);
    this.weights = KINDS.map((kind) => (kind === "glosses" && wordnet === null ? 0 : mix[kind]));
  }

  /** Document `index` of a part, of the kind that the mix draws or of the one given. */
  document(part: Part, index: number, kind?: Kind): Document {
    const random = randomFor(this.seed, `${part}/${kind ?? "mix"}/${index}`);
    const drawn = kind ?? (KINDS[pickWeighted(random, this.weights)] as Kind);
    return DRAW[drawn](this.lexicon, random, part);
  }
}
