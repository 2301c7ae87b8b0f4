import type { LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";

/**
 * Opens the language model that an option names, runs `work` with it and closes it.
 * @throws V2LError UNSUPPORTED where no adapter can open it
 */
export async function withLanguageModel<T>(
  llm: string,
  work: (model: LanguageModel) => Promise<T>,
): Promise<T> {
  const model = await openLanguageModel(llm);
  try {
    return await work(model);
  } finally {
    await model.close();
  }
}

/** No adapter of the port can be opened from the command line yet. */
async function openLanguageModel(llm: string): Promise<LanguageModel> {
  const remedy = "Give an expanded vocabulary with --vocabulary, or use the library";
  throw new V2LError(
    "UNSUPPORTED",
    expected("a language model with an adapter", "llm", llm, remedy),
  );
}
