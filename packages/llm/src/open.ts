import { expected, V2LError } from "@v2l/nn";
import { type EmbeddedOptions, openEmbedded } from "./embedded/index.js";
import { readEnvironment } from "./environment.js";
import type { LanguageModel } from "./language-model.js";
import { openServerLanguageModel, type ServerOptions } from "./server/server-language-model.js";

export interface LanguageModelOptions {
  /** For models in this process. */
  readonly embedded?: Omit<EmbeddedOptions, "signal">;
  /** For models behind a server. Vocabulary, dialect and name are by default the environment's. */
  readonly server?: Partial<Omit<ServerOptions, "url" | "signal">>;
  /** Stops opening. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a language model by the form of its name.
 * @param source `http://` or `https://`: the address of a server; otherwise a GGUF file's path or
 * `hf:owner/repository/file.gguf`, to be run in this process
 * @throws V2LError INVALID_ARGUMENT where a server's vocabulary is not given; what
 * {@link openEmbedded} and {@link openServerLanguageModel} throw.
 */
export async function openLanguageModel(
  source: string,
  { embedded, server, signal }: LanguageModelOptions = {},
): Promise<LanguageModel> {
  const stop = signal ? { signal } : {};
  if (!/^https?:\/\//.test(source)) return openEmbedded(source, { ...embedded, ...stop });
  const { vocabulary, dialect, model } = readEnvironment();
  const known = { vocabulary, dialect, model, ...server };
  if (known.vocabulary === undefined) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(
        "the served model's GGUF file or tokenizer.json",
        "vocabulary",
        "none",
        "Give its path, or set V2L_LLM_SERVER_VOCABULARY",
      ),
    );
  }
  return openServerLanguageModel({ ...known, vocabulary: known.vocabulary, url: source, ...stop });
}
