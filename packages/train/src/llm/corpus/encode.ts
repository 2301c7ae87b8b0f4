import { loadTextTokenizer } from "v2l";
import { type SentencePieceModel, toTokenizerJson } from "../../world/index.js";
import type { Document } from "./document.js";

/** A document as ids, begin and end of text included. */
export interface EncodedDocument {
  readonly ids: readonly number[];
  /** For each id, whether it belongs to an answer. */
  readonly answers: readonly boolean[];
}

/** Stretches that no piece of the vocabulary reaches across. */
const CHUNK = / [^ \n]*|[^ \n]+|\n/g;

/** Words remembered; then the memory starts anew. */
const REMEMBERED = 200_000;

/** Ids of texts, word by word: the same as of the whole text at once, and faster. */
export class DocumentEncoder {
  readonly bos: number;
  readonly eos: number;
  private readonly encodeText: (text: string) => number[];
  private readonly known = new Map<string, readonly number[]>();

  constructor(model: SentencePieceModel) {
    const tokenizer = loadTextTokenizer(toTokenizerJson(model));
    this.encodeText = (text) => tokenizer.encode(text);
    const id = (piece: string) => model.pieces.findIndex((entry) => entry.piece === piece);
    this.bos = id("<s>");
    this.eos = id("</s>");
  }

  /** The ids of a text, without begin and end. */
  text(text: string): number[] {
    return chunksOf(text).flatMap((chunk) => [...this.chunk(chunk)]);
  }

  /** Answers begin at blanks and end at line ends, so that no piece is half an answer. */
  document({ spans }: Document): EncodedDocument {
    const ids = [this.bos];
    const answers = [false];
    spans.forEach(({ text, answer }, i) => {
      for (const id of typeof text === "string" ? this.span(text, i === 0) : text) {
        ids.push(id);
        answers.push(answer);
      }
    });
    ids.push(this.eos);
    answers.push(false);
    return { ids, answers };
  }

  private span(text: string, first: boolean): number[] {
    return first ? this.text(text) : (text.match(CHUNK) ?? []).flatMap((each) => this.chunk(each));
  }

  private chunk(chunk: string): readonly number[] {
    const known = this.known.get(chunk);
    if (known) return known;
    // The tokenizer puts a blank before every text; here it and the line end are dropped again.
    const ids = this.encodeText(`\n${chunk}`).slice(2);
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(chunk, ids);
    return ids;
  }
}

/** A text begins with a blank of its own, as LLaMA's vocabulary has it. */
function chunksOf(text: string): readonly string[] {
  return ` ${text}`.match(CHUNK) ?? [];
}
