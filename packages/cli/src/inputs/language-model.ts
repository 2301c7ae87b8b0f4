import { type LanguageModel, openEmbedded } from "@v2l/llm";

/**
 * Opens the language model that an option names, runs `work` with it and closes it.
 * @param llm path of a GGUF file, or `hf:owner/repository/file.gguf`
 * @throws V2LError what `openEmbedded` throws
 */
export async function withLanguageModel<T>(
  llm: string,
  signal: AbortSignal,
  work: (model: LanguageModel) => Promise<T>,
): Promise<T> {
  const model = await openEmbedded(llm, { signal });
  try {
    return await work(model);
  } finally {
    await model.close();
  }
}
