import { join } from "node:path";
import { type LanguageModel, openLanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import type { V2L } from "v2l";
import type { Call } from "../command/command.js";
import type { READERS } from "../command/shared-options.js";
import { withBundle } from "./bundle.js";

/** The two that read an image together. */
export interface Readers {
  readonly v2l: V2L;
  readonly llm: LanguageModel;
  /** Where the language model comes from: a file, `hf:...` or the address of a server. */
  readonly source: string;
}

/** Runs `work` with the bundle and the language model that the options name, and frees both. */
export async function withReaders<T>(
  call: Pick<Call<typeof READERS>, "options" | "output" | "signal">,
  work: (readers: Readers) => Promise<T>,
): Promise<T> {
  const { options } = call;
  return withBundle(options, async (v2l) => {
    noteWords(v2l, call);
    // Any model will do, whatever its vocabulary: it reads the words as text. Only tasks whose token ids
    // are the bundle's own, such as restoration, need the two vocabularies to be equal.
    const source = options.llm ?? bundleModel(v2l);
    return withLanguageModel(source, call, (llm) => work({ v2l, llm, source }));
  });
}

/** What opening a model needs of a command's call. */
export interface ModelCall extends Pick<Call, "output" | "signal"> {
  readonly options: { readonly threads: number | undefined };
}

/**
 * Opens a language model, runs `work` with it and closes it.
 * @param source what `openLanguageModel` takes
 * @throws V2LError what `openLanguageModel` throws
 */
export async function withLanguageModel<T>(
  source: string,
  call: ModelCall,
  work: (model: LanguageModel) => Promise<T>,
): Promise<T> {
  const model = await openModel(source, call);
  try {
    return await work(model);
  } finally {
    await model.close();
  }
}

/** Runs `work` as {@link withReaders} does, without a language model where neither is one. */
export async function withPossibleReaders<T>(
  call: Pick<Call<typeof READERS>, "options" | "output" | "signal">,
  work: (readers: Pick<Readers, "v2l"> & { readonly llm: LanguageModel | null }) => Promise<T>,
): Promise<T> {
  const { options } = call;
  return withBundle(options, async (v2l) => {
    noteWords(v2l, call);
    const source = options.llm ?? ownModel(v2l);
    if (source === null) return work({ v2l, llm: null });
    return withLanguageModel(source, call, (llm) => work({ v2l, llm }));
  });
}

/** Says so where more words are to be read than the bundle has of an image. */
function noteWords({ manifest }: V2L, { options, output }: Pick<Call, "options" | "output">): void {
  const { words = 1 } = options as { readonly words?: number };
  const most = manifest.codebooks.global.words;
  if (words > most) output.note(`${manifest.name} has ${most} words of an image: ${most} are read`);
}

/** The bundle's own language model: its file, or wherever its manifest points to; null without one. */
function ownModel({ manifest, path }: V2L): string | null {
  const { reference, file } = manifest.llm ?? {};
  if (file !== undefined) return join(path, file);
  return reference !== undefined && /^(hf:|https?:)/.test(reference) ? reference : null;
}

/** @throws V2LError FILE_NOT_FOUND where the bundle has no language model of its own */
function bundleModel(v2l: V2L): string {
  const source = ownModel(v2l);
  if (source !== null) return source;
  const { manifest } = v2l;
  const reference = manifest.llm?.reference;
  const without = `a bundle (${manifest.name}) without one`;
  const received = reference === undefined ? without : `${without}; it was made for ${reference}`;
  const remedy = "Name a GGUF file, hf:owner/repository/file.gguf, or a server";
  throw new V2LError("FILE_NOT_FOUND", expected("a language model", "--llm", received, remedy));
}

async function openModel(
  source: string,
  { options, output, signal }: ModelCall,
): Promise<LanguageModel> {
  const { threads } = options;
  const progress = output.progress("Loading the language model");
  try {
    return await openLanguageModel(source, {
      signal,
      embedded: {
        onLoad: (fraction) => progress.update({ done: Math.round(fraction * 100), total: 100 }),
        hub: { onProgress: (done, total) => progress.update({ done, total: total ?? done }) },
        ...(threads === undefined ? {} : { threads }),
      },
    });
  } finally {
    progress.end();
  }
}
