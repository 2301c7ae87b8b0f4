import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import {
  atomicFolder,
  type BundleParts,
  type Codebook,
  openBundle,
  readSafetensors,
  writeSafetensors,
} from "v2l";

/** What a tokenizer is trained on and keeps frozen: CLIP and the two codebooks. */
export interface Foundation {
  readonly clip: BundleParts["clip"];
  readonly local: Codebook;
  readonly global: Codebook;
}

const MANIFEST = "foundation.json";

interface SavedFoundation {
  readonly clip: Omit<Foundation["clip"], "weights">;
  readonly localVocabulary: readonly string[];
  readonly globalVocabulary: readonly string[];
}

/**
 * Writes a foundation as a folder, as a whole or not at all.
 * @throws V2LError INVALID_ARGUMENT where the folder has content
 */
export async function writeFoundation(dir: string, foundation: Foundation): Promise<void> {
  const { clip, local, global } = foundation;
  const { weights, ...rest } = clip;
  const saved: SavedFoundation = {
    clip: rest,
    localVocabulary: local.vocabulary,
    globalVocabulary: global.vocabulary,
  };
  await atomicFolder(dir, async (folder) => {
    await writeSafetensors(join(folder, "clip.safetensors"), weights);
    await writeSafetensors(
      join(folder, "codebooks.safetensors"),
      new Map([
        ["local", local.embedding],
        ["global", global.embedding],
      ]),
    );
    await writeFile(join(folder, MANIFEST), `${JSON.stringify(saved)}\n`);
  });
}

/**
 * Reads CLIP and codebooks from what {@link writeFoundation} wrote, or from a bundle.
 * @throws V2LError FILE_NOT_FOUND, and what {@link openBundle} throws
 */
export async function openFoundation(path: string): Promise<Foundation> {
  if (existsSync(join(path, MANIFEST))) return readFoundation(path);
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
    local: await bundle.codebook("local"),
    global: await bundle.codebook("global"),
  };
}

async function readFoundation(path: string): Promise<Foundation> {
  const saved = JSON.parse(await readFile(join(path, MANIFEST), "utf8")) as SavedFoundation;
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
    local: codebook("local", saved.localVocabulary),
    global: codebook("global", saved.globalVocabulary),
  };
}

/** Names the vision half of a CLIP: its features are cached under it. */
export function clipDigest({ weights }: Foundation["clip"]): string {
  const hash = createHash("sha256");
  for (const [name, { shape, bytes }] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (name.startsWith("visual.")) hash.update(`${name}[${shape}]`).update(bytes);
  }
  return hash.digest("hex").slice(0, 16);
}
