import { join } from "node:path";
import { type Ids, type LanguageModel, TOKEN_KINDS } from "@v2l/llm";
import type { TensorData } from "@v2l/nn";
import { runStage, type StageOptions } from "./stage.js";
import { type ExpandedVocabulary, writeVocabulary } from "./vocabulary.js";

/** The vocabulary that {@link expandVocabulary} writes into its folder. */
export const VOCABULARY_FILE = "vocabulary.json";

/** What the model continues. */
const PROMPT = "a photo of ";

/** Prompts of one call: always as many, because a model's batches may change its last bits. */
const PROMPTS = 256;

/** What bytes that are no whole character decode to. */
const NO_CHARACTER = "\uFFFD";

/** Stands for "no token" in the saved continuations. */
const NONE = -1;

export interface ExpandOptions extends StageOptions {
  /** Folder of the result, and of what a run that was stopped continues from. */
  readonly dir: string;
  /**
   * `sound` (default): words keep their blanks ("dog" and " in" become "dog in"), and control tokens,
   * bytes and blanks are neither expanded nor appended. `official`: as the official code, which decodes
   * every id by itself ("dogin"), expands control and byte tokens too, and never ends a phrase.
   */
  readonly style?: "sound" | "official";
}

/**
 * Asks a frozen language model for a bigram and a trigram of each of its subwords: its most likely next
 * token after `a photo of <subword>`, and the one after that (paper, section 3.1; step 1 of the
 * official code). Subwords of one text are asked about once. Writes `vocabulary.json` into the folder
 * and continues an earlier run there.
 * @throws V2LError RESUME_MISMATCH where the folder has a run of another model or style
 */
export async function expandVocabulary(
  model: LanguageModel,
  options: ExpandOptions,
): Promise<ExpandedVocabulary> {
  const { dir, style = "sound", signal } = options;
  const { pieces, kinds } = await model.vocabulary();
  const subwords = await (style === "sound"
    ? soundSubwords(model, kinds)
    : decodedOneByOne(model, pieces.length));
  const words = [...new Set(subwords.filter((text) => text !== null))];
  const next = new Int32Array(2 * words.length).fill(NONE);
  const { id, vocabularyHash } = model.info;
  await runStage(
    {
      name: "expand",
      total: words.length,
      step: PROMPTS,
      config: { llm: id, vocabularyHash, style },
      state: new Map([["next", int32(next, [words.length, 2])]]),
      work: async (first, end) => {
        const prompts = await Promise.all(
          words.slice(first, end).map((word) => promptOf(model, word)),
        );
        const allowed = [null, null];
        const stop = style === "sound" && model.info.eos !== null ? { stop: [model.info.eos] } : {};
        const items = prompts.map((prompt) => ({ prompt, allowed, ...stop }));
        const generated = await model.generate(items, signal ? { signal } : {});
        generated.forEach(({ tokens }, i) => {
          next.set([tokens[0] ?? NONE, tokens[1] ?? NONE], 2 * (first + i));
        });
      },
    },
    join(dir, "expansion.safetensors"),
    options,
  );
  const phrases = new Map<string, Phrases>();
  for (const [i, word] of words.entries()) {
    const tokens = [...next.subarray(2 * i, 2 * i + 2)].filter((token) => token !== NONE);
    phrases.set(
      word,
      style === "sound"
        ? await soundPhrases(model, word, tokens, kinds)
        : await gluedPhrases(model, word, tokens),
    );
  }
  const pick = (n: 0 | 1) =>
    subwords.map((word) => (word === null ? null : (phrases.get(word)?.[n] ?? null)));
  const llm = { reference: id, vocabularyHash };
  const vocabulary = { llm, pieces, subwords, bigrams: pick(0), trigrams: pick(1) };
  await writeVocabulary(join(dir, VOCABULARY_FILE), vocabulary);
  return vocabulary;
}

type Phrases = readonly [bigram: string | null, trigram: string | null];

async function promptOf(model: LanguageModel, word: string): Promise<number[]> {
  const ids = await model.tokenize(PROMPT + word);
  return model.info.bos === null ? ids : [model.info.bos, ...ids];
}

/** The texts of the tokens that are words or parts of words, without blanks around them. */
function soundSubwords(model: LanguageModel, kinds: Uint8Array): Promise<(string | null)[]> {
  return Promise.all(
    Array.from(kinds, async (kind, id) => {
      const text = isText(kind) ? (await model.detokenize([id])).trim() : "";
      return text === "" || text.includes(NO_CHARACTER) ? null : text;
    }),
  );
}

function isText(kind: number | undefined): boolean {
  return kind === TOKEN_KINDS.normal || kind === TOKEN_KINDS.userDefined;
}

/** The official strings; id 0 decodes to nothing there, as every control token does. */
function decodedOneByOne(model: LanguageModel, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, id) => model.detokenize([id])));
}

/** Phrases as the model writes them. They end before a token that is no text. */
async function soundPhrases(
  model: LanguageModel,
  word: string,
  tokens: Ids,
  kinds: Uint8Array,
): Promise<Phrases> {
  const prompt = await model.tokenize(PROMPT + word);
  const before = await model.detokenize(prompt);
  const phrases: (string | null)[] = [];
  for (let n = 1; n <= tokens.length && isText(kinds[tokens[n - 1] as number]); n++) {
    const whole = await model.detokenize([...prompt, ...tokens.slice(0, n)]);
    const added = whole.startsWith(before) ? whole.slice(before.length).trimEnd() : "";
    if (added.includes(NO_CHARACTER) || word + added === (phrases.at(-1) ?? word)) break;
    phrases.push(word + added);
  }
  return [phrases[0] ?? null, phrases[1] ?? null];
}

async function gluedPhrases(model: LanguageModel, word: string, tokens: Ids): Promise<Phrases> {
  const [first = "", second = ""] = await Promise.all(tokens.map((id) => model.detokenize([id])));
  return [word + first, word + first + second];
}

function int32(data: Int32Array, shape: readonly number[]): TensorData {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { dtype: "int32", shape, bytes };
}
