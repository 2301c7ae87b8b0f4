import { setMaxListeners } from "node:events";
import { expected, V2LError } from "@v2l/nn";
import { z } from "zod";
import { checkGenerate, checkIds, checkNextLogProbs, checkScore } from "../check-arguments.js";
import { readEnvironment, type ServerDialectName } from "../environment.js";
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
} from "../language-model.js";
import { vocabularyHash } from "../vocabulary.js";
import type { ServedModel, ServerDialect } from "./dialect.js";
import { generate } from "./generate.js";
import { HttpClient, type HttpOptions } from "./http-client.js";
import { LlamaCppDialect, llamaCppModel } from "./llama-cpp.js";
import { type LocalVocabulary, readLocalVocabulary } from "./local-vocabulary.js";
import { VllmDialect, vllmModel } from "./vllm.js";

export interface ServerOptions extends HttpOptions {
  /** The server's address, as http://127.0.0.1:8080. */
  readonly url: string;
  /** Path of the model's GGUF file or `tokenizer.json`, or what was read from it. */
  readonly vocabulary: string | LocalVocabulary;
  /** Default: the server is asked. */
  readonly dialect?: ServerDialectName | undefined;
  /** The model's name, where the server has several. Default: its first. */
  readonly model?: string | undefined;
  /** Stops opening. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to a model that a server of llama.cpp or vLLM runs. The API key is by default that of the
 * environment (V2L_LLM_SERVER_API_KEY).
 *
 * Servers always generate at least one token, so the context is one shorter than the server's.
 * Besides the errors of {@link LanguageModel}, calls fail with SERVER_UNAVAILABLE (down, too slow, or
 * overloaded after all retries), SERVER_REFUSED, SERVER_ANSWER_INVALID, and UNSUPPORTED where the
 * server lacks an option that an exact answer needs.
 * @throws V2LError of these codes; those of {@link readLocalVocabulary}; VOCABULARY_MISMATCH where the
 * server's vocabulary has another size.
 */
export async function openServerLanguageModel(options: ServerOptions): Promise<LanguageModel> {
  const { vocabulary: source, signal = new AbortController().signal } = options;
  const apiKey = options.apiKey ?? readEnvironment().apiKey;
  const http = new HttpClient(options.url, { ...options, apiKey });
  const vocabulary = typeof source === "string" ? await readLocalVocabulary(source) : source;
  const name = options.dialect ?? (await askDialect(http, signal));
  const served =
    name === "vllm"
      ? await vllmModel(http, options.model, signal)
      : await llamaCppModel(http, signal);
  checkSize(served, vocabulary);
  const dialect =
    name === "vllm"
      ? new VllmDialect(http, served.id, vocabulary.pieces.length)
      : new LlamaCppDialect(http, vocabulary);
  return new ServerLanguageModel(served, vocabulary, dialect, name);
}

const owners = z.object({ data: z.array(z.object({ owned_by: z.string() })).min(1) });

async function askDialect(http: HttpClient, signal: AbortSignal): Promise<ServerDialectName> {
  const { data } = await http.get("/v1/models", owners, signal);
  const owner = data[0]?.owned_by;
  if (owner === "llamacpp") return "llama.cpp";
  if (owner === "vllm") return "vllm";
  throw new V2LError(
    "UNSUPPORTED",
    expected("a server of llama.cpp or vLLM", "url", `one of ${owner}`, "Name its `dialect`"),
  );
}

function checkSize({ vocabularySize }: ServedModel, { pieces }: LocalVocabulary): void {
  if (vocabularySize === null || vocabularySize === pieces.length) return;
  throw new V2LError(
    "VOCABULARY_MISMATCH",
    expected(
      `the served model's vocabulary of ${vocabularySize} entries`,
      "vocabulary",
      `one of ${pieces.length}`,
      "Give the GGUF file that the server runs",
    ),
  );
}

class ServerLanguageModel implements LanguageModel {
  readonly info: LanguageModelInfo;
  readonly #vocabulary: LocalVocabulary;
  readonly #dialect: ServerDialect;
  readonly #dialectName: ServerDialectName;
  readonly #closed = new AbortController();

  constructor(
    served: ServedModel,
    vocabulary: LocalVocabulary,
    dialect: ServerDialect,
    dialectName: ServerDialectName,
  ) {
    this.#vocabulary = vocabulary;
    this.#dialect = dialect;
    this.#dialectName = dialectName;
    setMaxListeners(0, this.#closed.signal);
    this.info = {
      id: served.id,
      vocabularySize: vocabulary.pieces.length,
      vocabularyHash: vocabularyHash(vocabulary.pieces),
      contextSize: served.positions - 1,
      bos: vocabulary.bos,
      eos: vocabulary.eos,
      chatTemplate: vocabulary.chatTemplate,
    };
  }

  async vocabulary(): Promise<LanguageModelVocabulary> {
    this.#closed.signal.throwIfAborted();
    return { pieces: this.#vocabulary.pieces, kinds: this.#vocabulary.kinds };
  }

  async tokenize(text: string): Promise<number[]> {
    const { signal } = this.#closed;
    signal.throwIfAborted();
    if (text === "") return [];
    if (this.#vocabulary.tokenizer) return this.#vocabulary.tokenizer.encode(text);
    if (this.#dialectName === "vllm") this.#checkNoSpecial(text);
    return this.#dialect.tokenize(text, signal);
  }

  async detokenize(ids: Ids): Promise<string> {
    const { signal } = this.#closed;
    signal.throwIfAborted();
    checkIds(this.info, ids, "ids");
    const { kinds, tokenizer, addsSpace } = this.#vocabulary;
    const spoken = ids.filter((id) => kinds[id] !== TOKEN_KINDS.control);
    if (spoken.length === 0) return "";
    if (tokenizer) return tokenizer.decode(spoken);
    const text = await this.#dialect.detokenize(spoken, signal);
    return this.#dialectName === "llama.cpp" && addsSpace ? text.replace(/^ /, "") : text;
  }

  async nextLogProbs(
    prompts: readonly Ids[],
    ids: Ids | readonly Ids[],
    options?: CallOptions,
  ): Promise<Float32Array[]> {
    this.#closed.signal.throwIfAborted();
    const asked = checkNextLogProbs(this.info, prompts, ids);
    return this.#forEach(prompts, options, async (prompt, signal, i) => {
      const ids = asked[i] as Ids;
      return ids.length === 0 ? new Float32Array() : this.#dialect.logProbs(prompt, ids, signal);
    });
  }

  async score(items: readonly ScoreItem[], options?: CallOptions): Promise<Float32Array[][]> {
    this.#closed.signal.throwIfAborted();
    checkScore(this.info, items);
    return this.#forEach(items, options, ({ prefix, continuations }, signal) =>
      Promise.all(
        continuations.map((each) =>
          each.length === 0 ? new Float32Array() : this.#dialect.score(prefix, each, signal),
        ),
      ),
    );
  }

  async generate(items: readonly GenerateItem[], options?: CallOptions): Promise<Generated[]> {
    this.#closed.signal.throwIfAborted();
    checkGenerate(this.info, items);
    return this.#forEach(items, options, (item, signal) => generate(this.#dialect, item, signal));
  }

  /** Requests under way are given up. */
  async close(): Promise<void> {
    this.#closed.abort(
      new V2LError("DISPOSED", expected("an open model", "model", "a closed one")),
    );
  }

  /** Answers all items at once; the HTTP client lets a few requests through at a time. */
  async #forEach<Item, Result>(
    items: readonly Item[],
    { signal, onProgress }: CallOptions = {},
    answer: (item: Item, signal: AbortSignal, index: number) => Promise<Result>,
  ): Promise<Result[]> {
    signal?.throwIfAborted();
    const call = new AbortController();
    setMaxListeners(0, call.signal);
    const sources = [this.#closed.signal, ...(signal ? [signal] : [])];
    const stops = sources.map((source) => {
      const stop = () => call.abort(source.reason);
      source.addEventListener("abort", stop, { once: true });
      return () => source.removeEventListener("abort", stop);
    });
    let done = 0;
    try {
      return await Promise.all(
        items.map(async (item, i) => {
          const result = await answer(item, call.signal, i);
          call.signal.throwIfAborted();
          done += 1;
          onProgress?.(done, items.length);
          return result;
        }),
      );
    } catch (error) {
      call.abort(error);
      throw error;
    } finally {
      for (const stop of stops) stop();
    }
  }

  #checkNoSpecial(text: string): void {
    const { pieces, kinds } = this.#vocabulary;
    const special = pieces.find(
      (piece, id) => kinds[id] === TOKEN_KINDS.control && text.includes(piece),
    );
    if (special === undefined) return;
    throw new V2LError(
      "UNSUPPORTED",
      expected(
        "a text without special tokens, which vLLM would not take as text,",
        "text",
        `one with ${special}`,
        "Give the model's tokenizer.json as `vocabulary`",
      ),
    );
  }
}
