import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { expected, V2LError } from "@v2l/nn";
import { z } from "zod";
import { ggufVocabulary, readGgufHeader } from "../gguf/index.js";
import {
  type Ids,
  type LanguageModelInfo,
  type LanguageModelVocabulary,
  TOKEN_KINDS,
} from "../language-model.js";
import { byteOfPiece } from "../vocabulary.js";

/** The vocabulary of a served model, from a file, because servers do not give it. */
export interface LocalVocabulary extends LanguageModelVocabulary {
  readonly bos: number | null;
  readonly eos: number | null;
  /** See {@link LanguageModelInfo.chatTemplate}. */
  readonly chatTemplate: string | null;
  /** Whether tokenizing puts a space before a text (SentencePiece's dummy prefix). */
  readonly addsSpace: boolean;
  /** Turns text into ids and back; null where only the server can. */
  readonly tokenizer: {
    /** Special tokens spelled in the text are text. */
    encode(text: string): number[];
    decode(ids: Ids): string;
  } | null;
}

const specialToken = z.union([z.string(), z.object({ content: z.string() })]).nullish();
const tokenizerConfig = z.object({
  bos_token: specialToken,
  eos_token: specialToken,
  // Models with several have a list of named ones.
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
});
const tokenizerFile = z.looseObject({
  added_tokens: z
    .array(z.looseObject({ id: z.int().nonnegative(), content: z.string(), special: z.boolean() }))
    .default([]),
});

/**
 * Reads a vocabulary.
 * @param path a GGUF file, or a Hugging Face `tokenizer.json`, beside which `tokenizer_config.json`
 * names the tokens that begin and end a text (otherwise `<s>` and `</s>` do, if there are any)
 * @throws V2LError FILE_NOT_FOUND; MODEL_UNREADABLE.
 */
export async function readLocalVocabulary(path: string): Promise<LocalVocabulary> {
  if (path.endsWith(".json")) return readTokenizerJson(path);
  const header = await readGgufHeader(path);
  const addsSpace =
    header.metadata.get("tokenizer.ggml.model") === "llama" &&
    header.metadata.get("tokenizer.ggml.add_space_prefix") !== false;
  return { ...ggufVocabulary(header, path), addsSpace, tokenizer: null };
}

async function readTokenizerJson(path: string): Promise<LocalVocabulary> {
  const json = await readJson(path, tokenizerFile);
  if (json === null) {
    throw new V2LError("FILE_NOT_FOUND", expected("a readable file", path, "nothing there"));
  }
  const tokenizer = makeTokenizer(json, path);
  const special = new Set(json.added_tokens.filter((each) => each.special).map((each) => each.id));
  const added = new Set(json.added_tokens.map((each) => each.id));
  const idOfPiece = new Map([
    ...(tokenizer.get_vocab() as Map<string, number>),
    ...json.added_tokens.map(({ content, id }) => [content, id] as const),
  ]);
  const pieces = new Array<string>(Math.max(...idOfPiece.values()) + 1).fill("");
  for (const [piece, id] of idOfPiece) pieces[id] = piece;
  const kinds = Uint8Array.from(pieces, (piece, id) => {
    if (piece === "") return TOKEN_KINDS.unused;
    if (piece === "<unk>") return TOKEN_KINDS.unknown;
    if (special.has(id)) return TOKEN_KINDS.control;
    if (byteOfPiece(piece) !== null) return TOKEN_KINDS.byte;
    return added.has(id) ? TOKEN_KINDS.userDefined : TOKEN_KINDS.normal;
  });
  const config = await readJson(join(dirname(path), "tokenizer_config.json"), tokenizerConfig);
  const named = (token: z.infer<typeof specialToken>, usual: string): number | null => {
    const piece = typeof token === "string" ? token : (token?.content ?? usual);
    return idOfPiece.get(piece) ?? null;
  };
  const template = config?.chat_template;
  return {
    pieces,
    kinds,
    chatTemplate:
      (typeof template === "string"
        ? template
        : template?.find(({ name }) => name === "default")?.template) ?? null,
    bos: named(config?.bos_token, "<s>"),
    eos: named(config?.eos_token, "</s>"),
    addsSpace: false,
    tokenizer: {
      encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
      decode: (ids) =>
        ids.length === 0 ? "" : tokenizer.decode([...ids], { clean_up_tokenization_spaces: false }),
    },
  };
}

/** Without its special tokens, so that it does not find them in texts. */
function makeTokenizer(json: z.infer<typeof tokenizerFile>, path: string): Tokenizer {
  const ordinary = json.added_tokens.filter((token) => !token.special);
  try {
    return new Tokenizer({ ...json, added_tokens: ordinary }, {});
  } catch (cause) {
    throw unreadable(path, "a Hugging Face tokenizer.json", "something else", cause);
  }
}

/** @returns null where there is no such file */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw unreadable(path, "a readable file", (error as Error).message, error);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : "no JSON";
    throw unreadable(path, "a Hugging Face tokenizer file", reason, cause);
  }
}

function unreadable(path: string, what: string, received: string, cause: unknown): V2LError {
  return new V2LError("MODEL_UNREADABLE", expected(what, path, received), { cause });
}
