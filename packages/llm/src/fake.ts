import { setImmediate } from "node:timers/promises";
import { expected, Random, V2LError } from "@v2l/nn";
import { checkGenerate, checkIds, checkNextLogProbs, checkScore } from "./check-arguments.js";
import { chooseToken } from "./choose-token.js";
import {
  type CallOptions,
  type Generated,
  type GenerateItem,
  type Ids,
  type LanguageModel,
  type LanguageModelInfo,
  type LanguageModelVocabulary,
  type ScoreItem,
  TOKEN_KINDS,
} from "./language-model.js";
import { byteOfPiece, vocabularyHash } from "./vocabulary.js";

/** Items that the fake answers without letting other work run. */
const BATCH = 8;

export interface FakeOptions {
  /**
   * The vocabulary. `<unk>`, `<s>`, `</s>` and byte pieces like `<0x0A>` have their usual meaning, pieces
   * like `<|user|>` are control tokens, a space is spelled `▁`. Default: these three, the 256 bytes, `▁` and the visible ASCII characters.
   */
  readonly pieces?: readonly string[];
  /** Default none. */
  readonly chatTemplate?: string;
  /** Default 512. */
  readonly contextSize?: number;
  /** Default 0. */
  readonly seed?: number;
  /** How many of the last tokens decide what comes next. Default 3. */
  readonly memory?: number;
  /** Changes, in place, the logits (one per entry of the vocabulary) of the token after a prompt. */
  readonly script?: (prompt: Ids, logits: Float64Array) => void;
}

/** One call of a method that reads prompts. */
export interface FakeCall {
  readonly method: "nextLogProbs" | "score" | "generate";
  readonly prompts: readonly Ids[];
}

/**
 * A language model for tests: what follows a prompt is a pure function of the seed and the prompt's
 * last tokens, a normalised distribution over the vocabulary, changed by the script if there is one.
 */
export class FakeLanguageModel implements LanguageModel {
  readonly info: LanguageModelInfo;
  /** What was asked so far, first call first. */
  readonly calls: FakeCall[] = [];
  readonly #pieces: readonly string[];
  readonly #kinds: Uint8Array;
  readonly #idOfPiece = new Map<string, number>();
  readonly #longestPiece: number;
  readonly #seed: number;
  readonly #memory: number;
  readonly #script: (prompt: Ids, logits: Float64Array) => void;
  #closed = false;

  constructor(options: FakeOptions = {}) {
    this.#pieces = options.pieces ?? defaultPieces();
    this.#kinds = Uint8Array.from(this.#pieces, kindOfPiece);
    this.#pieces.forEach((piece, id) => {
      this.#idOfPiece.set(piece, id);
    });
    this.#longestPiece = Math.max(...this.#pieces.map((piece) => piece.length));
    this.#seed = options.seed ?? 0;
    this.#memory = options.memory ?? 3;
    this.#script = options.script ?? (() => {});
    this.info = {
      id: "fake",
      vocabularySize: this.#pieces.length,
      vocabularyHash: vocabularyHash(this.#pieces),
      contextSize: options.contextSize ?? 512,
      bos: this.#idOfPiece.get("<s>") ?? null,
      eos: this.#idOfPiece.get("</s>") ?? null,
      chatTemplate: options.chatTemplate ?? null,
    };
  }

  async vocabulary(): Promise<LanguageModelVocabulary> {
    this.#checkOpen();
    return { pieces: this.#pieces, kinds: this.#kinds };
  }

  /**
   * The longest pieces from the left, after a leading space; characters that no piece spells become
   * bytes, else `<unk>`.
   */
  async tokenize(text: string): Promise<number[]> {
    this.#checkOpen();
    const rest = text === "" ? "" : ` ${text}`.replaceAll(" ", "▁");
    const ids: number[] = [];
    for (let start = 0; start < rest.length; ) {
      const [matched, length] = this.#longestMatch(rest, start);
      ids.push(...matched);
      start += length;
    }
    return ids;
  }

  async detokenize(ids: Ids): Promise<string> {
    this.#checkOpen();
    checkIds(this.info, ids, "ids");
    const parts = ids.map((id) => {
      const piece = this.#pieces[id] as string;
      const kind = this.#kinds[id];
      if (kind === TOKEN_KINDS.byte) return Buffer.of(byteOfPiece(piece) as number);
      return Buffer.from(kind === TOKEN_KINDS.normal ? piece.replaceAll("▁", " ") : "");
    });
    return Buffer.concat(parts).toString().replaceAll("▁", " ").replace(/^ /, "");
  }

  async nextLogProbs(
    prompts: readonly Ids[],
    ids: Ids | readonly Ids[],
    options?: CallOptions,
  ): Promise<Float32Array[]> {
    this.#checkOpen();
    const asked = checkNextLogProbs(this.info, prompts, ids);
    this.calls.push({ method: "nextLogProbs", prompts });
    return this.#inBatches(prompts, options, (prompt, i) => {
      const logProbs = this.#logProbs(prompt);
      return Float32Array.from(asked[i] as Ids, (id) => logProbs[id] as number);
    });
  }

  async score(items: readonly ScoreItem[], options?: CallOptions): Promise<Float32Array[][]> {
    this.#checkOpen();
    checkScore(this.info, items);
    this.calls.push({ method: "score", prompts: items.map((item) => item.prefix) });
    return this.#inBatches(items, options, ({ prefix, continuations }) =>
      continuations.map((continuation) =>
        Float32Array.from(
          continuation,
          (id, i) => this.#logProbs([...prefix, ...continuation.slice(0, i)])[id] as number,
        ),
      ),
    );
  }

  async generate(items: readonly GenerateItem[], options?: CallOptions): Promise<Generated[]> {
    this.#checkOpen();
    checkGenerate(this.info, items);
    this.calls.push({ method: "generate", prompts: items.map((item) => item.prompt) });
    return this.#inBatches(items, options, (item) => this.#generate(item));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #generate({ prompt, allowed, stop, sampling }: GenerateItem): Generated {
    const random = new Random(sampling?.seed ?? 0);
    const tokens: number[] = [];
    const chosenLogProbs: number[] = [];
    for (const ids of allowed) {
      const logProbs = this.#logProbs([...prompt, ...tokens]);
      const candidates = ids ? ids.map((id) => logProbs[id] as number) : logProbs;
      const choice = chooseToken(candidates, sampling, random);
      const token = ids ? (ids[choice] as number) : choice;
      tokens.push(token);
      chosenLogProbs.push(logProbs[token] as number);
      if (stop?.includes(token)) break;
    }
    return { tokens, logProbs: Float32Array.from(chosenLogProbs) };
  }

  /** Natural logarithms of the distribution after a prompt, over the whole vocabulary. */
  #logProbs(prompt: Ids): Float64Array {
    let hash = this.#seed | 0;
    for (const id of prompt.slice(-this.#memory)) hash = Math.imul(hash ^ (id + 1), 0x01000193);
    const random = new Random(hash >>> 0);
    const logits = Float64Array.from(this.#pieces, () => 2 * random.normal());
    this.#script(prompt, logits);
    const max = logits.reduce((a, b) => Math.max(a, b));
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - max), 0);
    return logits.map((logit) => logit - max - Math.log(sum));
  }

  async #inBatches<Item, Result>(
    items: readonly Item[],
    { signal, onProgress }: CallOptions = {},
    answer: (item: Item, index: number) => Result,
  ): Promise<Result[]> {
    const results: Result[] = [];
    for (let start = 0; start < items.length; start += BATCH) {
      await setImmediate();
      signal?.throwIfAborted();
      const batch = items.slice(start, start + BATCH);
      results.push(...batch.map((item, i) => answer(item, start + i)));
      onProgress?.(results.length, items.length);
    }
    return results;
  }

  #longestMatch(text: string, start: number): [ids: number[], length: number] {
    for (let length = Math.min(this.#longestPiece, text.length - start); length > 0; length--) {
      const id = this.#idOfPiece.get(text.slice(start, start + length));
      if (id !== undefined && this.#kinds[id] === TOKEN_KINDS.normal) return [[id], length];
    }
    const character = String.fromCodePoint(text.codePointAt(start) as number);
    const bytes = [...Buffer.from(character)].map((byte) => this.#idOfPiece.get(bytePiece(byte)));
    if (bytes.every((id) => id !== undefined)) return [bytes, character.length];
    const unknown = this.#idOfPiece.get("<unk>");
    if (unknown !== undefined) return [[unknown], character.length];
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected("characters of the vocabulary", "text", character, "Add `<unk>` to `pieces`"),
    );
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new V2LError("DISPOSED", expected("an open model", "model", "a closed one"));
    }
  }
}

function defaultPieces(): string[] {
  const bytes = Array.from({ length: 256 }, (_, byte) => bytePiece(byte));
  const visible = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  return ["<unk>", "<s>", "</s>", ...bytes, "▁", ...visible];
}

function bytePiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

function kindOfPiece(piece: string): number {
  if (piece === "<unk>") return TOKEN_KINDS.unknown;
  if (piece === "<s>" || piece === "</s>" || /^<\|\w+\|>$/.test(piece)) return TOKEN_KINDS.control;
  return byteOfPiece(piece) === null ? TOKEN_KINDS.normal : TOKEN_KINDS.byte;
}
