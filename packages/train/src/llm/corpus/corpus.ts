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
import { repairsDocument } from "./repairs.js";

/** How often each kind of text is drawn; the numbers are relative. */
export type CorpusMix = Readonly<Record<Kind, number>>;

type Draw = (lexicon: Lexicon, random: Random, part: Part, growth: number) => Document;

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
  repairs: repairsDocument,
};

export interface DocumentOptions {
  /** Default: drawn by the mix. */
  readonly kind?: Kind;
  /**
   * How far texts have grown, from 0 (short, of the first mix) to 1 (default). A model that has not
   * yet found out that words recur finds it out from short texts within hundreds of steps, and from long
   * ones hardly ever.
   */
  readonly growth?: number;
}

/**
 * The text the demo's language model learns from. No word of it comes from a picture. A document is a
 * function of seed, part, index and growth alone; there is no end to them.
 */
export class Corpus {
  readonly lexicon: Lexicon;

  /**
   * @param mix of grown text
   * @param firstMix at growth 0; between them it changes linearly
   * @param wordnet folder of WordNet's files; null: no glosses, and the other kinds take their share
   * @throws V2LError FILE_NOT_FOUND where WordNet is asked for and missing
   */
  constructor(
    model: SentencePieceModel,
    private readonly mix: CorpusMix,
    private readonly seed: number,
    private readonly wordnet: string | null,
    private readonly firstMix: CorpusMix = mix,
  ) {
    this.lexicon = new Lexicon(model, wordnet);
  }

  /** Document `index` of a part, of the kind that the mix draws or of the one given. */
  document(part: Part, index: number, { kind, growth = 1 }: DocumentOptions = {}): Document {
    const random = randomFor(this.seed, `${part}/${kind ?? "mix"}/${index}`);
    const drawn = kind ?? (KINDS[pickWeighted(random, this.weights(growth))] as Kind);
    return DRAW[drawn](this.lexicon, random, part, growth);
  }

  private weights(growth: number): number[] {
    const { mix, firstMix, wordnet } = this;
    return KINDS.map((kind) => {
      if (kind === "glosses" && wordnet === null) return 0;
      return firstMix[kind] + growth * (mix[kind] - firstMix[kind]);
    });
  }
}
