/** Ids of a text that begins where nothing was before. */
type Tokenize = (text: string) => readonly number[];

/** Lines remembered; then all are forgotten. */
const MOST_LINES = 4096;

/**
 * Tokenizes line by line and remembers the lines: prompts of one kind have most of them in common.
 *
 * For SentencePiece's BPE alone. It merges neighbours whose union is a piece, so that nothing is merged
 * across a line end where no piece contains one: the ids are those of the whole text.
 */
export class LineTokenizer {
  readonly #lines = new Map<string, readonly number[]>();
  /** Ids before that of the line end where a text begins with it: the blank put before every text. */
  readonly #before: number;

  /** @param tokenize as llama.cpp does it; the first line needs its dummy prefix */
  constructor(private readonly tokenize: Tokenize) {
    this.#before = tokenize("\n").length - 1;
  }

  /** Whether this gives the ids of the whole text: `model` is GGUF's `tokenizer.ggml.model`. */
  static suits(model: unknown, pieces: readonly string[]): boolean {
    return model === "llama" && !pieces.some((piece) => piece.includes("\n"));
  }

  ids(text: string): number[] {
    const [first = "", ...others] = text.split(/(?=\n)/);
    return [this.#line(first, 0), ...others.map((line) => this.#line(line, this.#before))].flat();
  }

  #line(line: string, skip: number): readonly number[] {
    let ids = this.#lines.get(line);
    if (ids === undefined) {
      if (this.#lines.size >= MOST_LINES) this.#lines.clear();
      ids = this.tokenize(line);
      this.#lines.set(line, ids);
    }
    return skip === 0 ? ids : ids.slice(skip);
  }
}
