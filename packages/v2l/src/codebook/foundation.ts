import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import type { Codebook } from "../bundle/bundle.js";
import type { BundleManifest } from "../bundle/manifest.js";
import { openBundle } from "../bundle/open-bundle.js";
import type { BundleParts } from "../bundle/write-bundle.js";
import { readSafetensors, writeSafetensors } from "../checkpoint/safetensors.js";
import { atomicWriteFile } from "../files/atomic-write.js";

/** What a tokenizer is trained on and keeps frozen: CLIP and the two codebooks. */
export interface Foundation {
  readonly clip: BundleParts["clip"];
  /** The model whose tokens the local codebook has; null where none is known. */
  readonly llm: BundleManifest["llm"];
  readonly local: Codebook;
  readonly global: Codebook;
}

/** Written last: a folder that has it is complete. */
export const FOUNDATION_FILE = "foundation.json";

interface SavedFoundation {
  readonly clip: Omit<Foundation["clip"], "weights">;
  /** Missing in older files. */
  readonly llm?: Foundation["llm"];
  readonly localVocabulary: readonly string[];
  readonly globalVocabulary: readonly string[];
}

/**
 * Writes a foundation into a folder, which may hold other files. One that is there already is replaced;
 * a process killed in between leaves none rather than a mixed one.
 */
export async function writeFoundation(dir: string, foundation: Foundation): Promise<void> {
  const { clip, llm, local, global } = foundation;
  const { weights, ...rest } = clip;
  const saved: SavedFoundation = {
    clip: rest,
    llm,
    localVocabulary: local.vocabulary,
    globalVocabulary: global.vocabulary,
  };
  await mkdir(dir, { recursive: true });
  await rm(join(dir, FOUNDATION_FILE), { force: true });
  await writeSafetensors(join(dir, "clip.safetensors"), weights);
  await writeSafetensors(
    join(dir, "codebooks.safetensors"),
    new Map([
      ["local", local.embedding],
      ["global", global.embedding],
    ]),
  );
  await atomicWriteFile(join(dir, FOUNDATION_FILE), `${JSON.stringify(saved)}\n`);
}

/**
 * Reads CLIP and codebooks from what {@link writeFoundation} wrote, or from a bundle.
 * @throws V2LError FILE_NOT_FOUND, and what {@link openBundle} throws
 */
export async function openFoundation(path: string): Promise<Foundation> {
  if (existsSync(join(path, FOUNDATION_FILE))) return readFoundation(path);
  if (!existsSync(path)) {
    const remedy = "Build the codebooks first, or name a bundle";
    throw new V2LError(
      "FILE_NOT_FOUND",
      expected("a folder with CLIP and codebooks", "foundation", path, remedy),
    );
  }
  const bundle = await openBundle(path);
  const { config, preprocess, reference } = bundle.manifest.clip;
  const textTokenizer = await bundle.textTokenizer();
  return {
    clip: {
      config,
      preprocess,
      reference,
      weights: await bundle.clip(),
      textTokenizer: textTokenizer === null ? null : JSON.stringify(textTokenizer),
    },
    llm: bundle.manifest.llm,
    local: await bundle.codebook("local"),
    global: await bundle.codebook("global"),
  };
}

async function readFoundation(path: string): Promise<Foundation> {
  const saved = JSON.parse(await readFile(join(path, FOUNDATION_FILE), "utf8")) as SavedFoundation;
  const { weights } = await readSafetensors(join(path, "clip.safetensors"));
  const codebooks = (await readSafetensors(join(path, "codebooks.safetensors"))).weights;
  const codebook = (name: string, vocabulary: readonly string[]): Codebook => {
    const embedding = codebooks.get(name);
    if (embedding?.shape[0] === vocabulary.length) return { embedding, vocabulary };
    throw new V2LError(
      "BUNDLE_INVALID",
      expected(`${vocabulary.length} rows`, `${name} codebook`, embedding?.shape ?? "nothing"),
    );
  };
  return {
    clip: { ...saved.clip, weights },
    llm: saved.llm ?? null,
    local: codebook("local", saved.localVocabulary),
    global: codebook("global", saved.globalVocabulary),
  };
}
