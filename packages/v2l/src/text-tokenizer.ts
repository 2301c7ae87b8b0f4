import { Tokenizer } from "@huggingface/tokenizers";
import { expected, V2LError } from "@v2l/nn";

/** Text to ids of a vocabulary and back. */
export interface TextTokenizer {
  /** Number of entries. */
  readonly size: number;
  /** The ids of a text, without begin or end markers. */
  encode(text: string): number[];
  /** The text of ids; bytes that are no valid UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string;
  /** The entry of an id as the vocabulary spells it (`▁dog`, `<0x0A>`), or null. */
  piece(id: number): string | null;
}

/**
 * Makes a tokenizer from a parsed Hugging Face `tokenizer.json`.
 * @throws V2LError BUNDLE_INVALID where the JSON describes no tokenizer.
 */
export function loadTextTokenizer(tokenizerJson: object): TextTokenizer {
  const tokenizer = open(tokenizerJson);
  return {
    size: tokenizer.get_vocab().size,
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode: (ids) =>
      ids.length === 0 ? "" : tokenizer.decode([...ids], { clean_up_tokenization_spaces: false }),
    piece: (id) => tokenizer.id_to_token(id) ?? null,
  };
}

/**
 * Makes a tokenizer from the text of a `tokenizer.json`.
 * @throws V2LError BUNDLE_INVALID where it is not JSON or describes no tokenizer.
 */
export function parseTextTokenizer(text: string): TextTokenizer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new V2LError(
      "BUNDLE_INVALID",
      expected("a Hugging Face tokenizer.json", "text", "other text"),
      { cause },
    );
  }
  return loadTextTokenizer(parsed as object);
}

function open(tokenizerJson: object): Tokenizer {
  try {
    return new Tokenizer(tokenizerJson, {});
  } catch (cause) {
    throw new V2LError(
      "BUNDLE_INVALID",
      "Expected a Hugging Face tokenizer.json for `tokenizerJson` but it describes no tokenizer",
      { cause },
    );
  }
}
