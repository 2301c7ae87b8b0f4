import { FakeLanguageModel, type FakeOptions } from "@v2l/llm";
import { readJson } from "@v2l/testing";
import { loadTextTokenizer, type TextTokenizer } from "v2l";

interface TokenizerJson {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

/**
 * A fake whose texts are tokenized as LLaMA tokenizes them: `tokenizer.json` is the conformance data's
 * `tokenizer.model` as `@v2l/train` converts it (its tests compare the two).
 */
export class SentencePieceFake extends FakeLanguageModel {
  readonly #tokenizer: TextTokenizer;

  constructor(options: Omit<FakeOptions, "pieces"> = {}) {
    const json = readJson<TokenizerJson>("tokenizer.json");
    // Digits are keys that JavaScript moves to the front.
    const byId = Object.entries(json.model.vocab).sort(([, a], [, b]) => a - b);
    super({ ...options, pieces: byId.map(([piece]) => piece) });
    this.#tokenizer = loadTextTokenizer(json);
  }

  override async tokenize(text: string): Promise<number[]> {
    return this.#tokenizer.encode(text);
  }

  override async detokenize(ids: readonly number[]): Promise<string> {
    const { bos, eos } = this.info;
    return this.#tokenizer.decode(ids.filter((id) => id !== bos && id !== eos));
  }
}
