import { join } from "node:path";
import { importOfficial, type ImportOptions as LibraryOptions } from "v2l";
import type { Call } from "../command/command.js";
import type { Values } from "../command/option.js";
import type { ImportOptions } from "../commands/import.js";
import { count } from "../output/format.js";

export async function importBundle({ args, options, output }: Call<ImportOptions>): Promise<void> {
  const { manifest, ignored } = await importOfficial({
    checkpoint: args,
    ...libraryOptions(options),
  });
  if (ignored.length > 0) {
    output.note(`ignored ${count(ignored.length, "tensor")} that a bundle does not keep`);
  }
  const { codebooks, clip, discriminator, image } = manifest;
  output.result(
    { bundle: options.out, manifest, ignored },
    `wrote ${options.out}: ${manifest.name}, ${image.size}x${image.size} pixels, ` +
      `${codebooks.local.size} local and ${codebooks.global.size} global words, CLIP ` +
      `${clip.config.text ? "with" : "without"} its text half` +
      `${discriminator ? ", with discriminator" : ""}`,
  );
}

function libraryOptions(options: Values<ImportOptions>): Omit<LibraryOptions, "checkpoint"> {
  const file = (given: string | undefined, name: string) => given ?? join(options.codebooks, name);
  const { out, overwrite, name, clip, clipHeads, llm, imageSize, globalWords } = options;
  return {
    localCodebook: file(options.localCodebook, "local_codebook_embedding.pth"),
    globalCodebook: file(options.globalCodebook, "global_codebook_embedding.pth"),
    localVocabulary: file(options.localVocabulary, "local_vocabulary.npy"),
    globalVocabulary: file(options.globalVocabulary, "global_vocabulary.npy"),
    out,
    overwrite,
    attributes: options.attribute,
    ...given({ name, clip, clipHeads, llm, imageSize, globalWords }),
  };
}

/** The fields that are not undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
