import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expected, type TensorData, V2LError, type Weights } from "@v2l/nn";
import { readSafetensors } from "../checkpoint/safetensors.js";
import { RandomAccessFile } from "../files/random-access-file.js";
import { type BundleManifest, MANIFEST_FILE } from "./manifest.js";
import { validateManifest } from "./validate-manifest.js";

const HASH_CHUNK = 4 * 1024 * 1024;

/** The words of a codebook and their embeddings, row by row. */
export interface Codebook {
  /** [size, width], in its stored precision. */
  readonly embedding: TensorData;
  readonly vocabulary: readonly string[];
}

/** An opened bundle. Weights are read from disk at each call; keep what you need. */
export class Bundle {
  constructor(
    /** Absolute path of the folder. */
    readonly path: string,
    readonly manifest: BundleManifest,
  ) {}

  /** Weights of encoder, decoder, their 1x1 convolutions and the codebook projection. */
  async tokenizer(): Promise<Weights> {
    return this.weights(this.manifest.tokenizer.file);
  }

  async discriminator(): Promise<Weights | null> {
    const { discriminator } = this.manifest;
    return discriminator === null ? null : this.weights(discriminator.file);
  }

  async clip(): Promise<Weights> {
    return this.weights(this.manifest.clip.file);
  }

  /** @throws BUNDLE_INVALID where rows, width or words are not what the manifest says. */
  async codebook(kind: "local" | "global"): Promise<Codebook> {
    const entry = this.manifest.codebooks[kind];
    const embedding = (await this.weights(entry.embedding)).get("embedding");
    const vocabulary = await this.json(entry.vocabulary);
    const shape = `[${entry.size},${entry.width}]`;
    if (`[${embedding?.shape}]` !== shape || embedding === undefined) {
      throw this.invalid(`a tensor "embedding" ${shape}`, entry.embedding, `[${embedding?.shape}]`);
    }
    if (!isTexts(vocabulary) || vocabulary.length !== entry.size) {
      throw this.invalid(`${entry.size} texts`, entry.vocabulary, "another list");
    }
    return { embedding, vocabulary };
  }

  /** The parsed Hugging Face `tokenizer.json` of CLIP's text half, or null without one. */
  async textTokenizer(): Promise<unknown> {
    const { textTokenizer } = this.manifest.clip;
    return textTokenizer === null ? null : this.json(textTokenizer);
  }

  private async weights(name: string): Promise<Weights> {
    return (await readSafetensors(join(this.path, name))).weights;
  }

  private async json(name: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(join(this.path, name), "utf8"));
    } catch (error) {
      throw new V2LError("BUNDLE_INVALID", expected("JSON", name, "other bytes"), { cause: error });
    }
  }

  private invalid(what: string, name: string, received: string): V2LError {
    return new V2LError("BUNDLE_INVALID", expected(what, join(this.path, name), received));
  }
}

/**
 * Opens a bundle and verifies size and SHA-256 of every file it lists.
 * @param path of its folder.
 * @throws FILE_NOT_FOUND; BUNDLE_INVALID listing what is wrong with the manifest; BUNDLE_CORRUPT naming
 * the file that is missing, cut off or changed.
 */
export async function openBundle(path: string): Promise<Bundle> {
  const folder = resolve(path);
  const manifest = await readManifest(join(folder, MANIFEST_FILE));
  for (const [name, { sha256, bytes }] of Object.entries(manifest.files)) {
    const found = await fingerprint(join(folder, name)).catch((error: unknown) => {
      throw corrupt(name, "nothing readable", error);
    });
    if (found.bytes !== bytes) throw corrupt(name, `${found.bytes} bytes instead of ${bytes}`);
    if (found.sha256 !== sha256) throw corrupt(name, "changed bytes");
  }
  return new Bundle(folder, manifest);
}

/** Size and SHA-256 of a file. */
export async function fingerprint(path: string): Promise<{ sha256: string; bytes: number }> {
  return RandomAccessFile.with(path, "BUNDLE_CORRUPT", async (file) => {
    const hash = createHash("sha256");
    for (let position = 0; position < file.size; position += HASH_CHUNK) {
      hash.update(await file.read(position, Math.min(HASH_CHUNK, file.size - position)));
    }
    return { sha256: hash.digest("hex"), bytes: file.size };
  });
}

async function readManifest(path: string): Promise<BundleManifest> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const what = `a folder with a ${MANIFEST_FILE}`;
    throw new V2LError("FILE_NOT_FOUND", expected(what, path, "nothing readable"), {
      cause: error,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new V2LError("BUNDLE_CORRUPT", expected("JSON", path, "other text"), { cause: error });
  }
  return validateManifest(value, path);
}

function corrupt(name: string, received: string, cause?: unknown): V2LError {
  return new V2LError(
    "BUNDLE_CORRUPT",
    expected("the file its bundle was written with", name, received, "Fetch the bundle again"),
    { cause },
  );
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
