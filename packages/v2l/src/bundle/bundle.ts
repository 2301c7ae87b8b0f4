import { bytesToHex } from "@noble/hashes/utils.js";
import { type ErrorCode, expected, type TensorData, V2LError, type Weights } from "@v2l/nn";
import { parseSafetensors } from "../checkpoint/safetensors-format.js";
import type { RandomAccess } from "../files/random-access.js";
import { type BundleManifest, MANIFEST_FILE } from "./manifest.js";
import { validateManifest } from "./validate-manifest.js";

/** Where the files of a bundle are: in a folder, on a web server, among files that a person chose. */
export interface BundleFiles {
  /** Of all of them: a folder or an address. */
  readonly path: string;
  /**
   * Opens a file, hands it to `use` and closes it.
   * @param code the code of the errors about what the file contains
   * @throws V2LError FILE_NOT_FOUND; `code` where it is no file
   */
  with<T>(name: string, code: ErrorCode, use: (file: RandomAccess) => Promise<T>): Promise<T>;
  /** Computes a SHA-256. */
  sha256(): Sha256;
}

export interface Sha256 {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

const HASH_CHUNK = 4 * 1024 * 1024;

/** The words of a codebook and their embeddings, row by row. */
export interface Codebook {
  /** [size, width], in its stored precision. */
  readonly embedding: TensorData;
  readonly vocabulary: readonly string[];
}

/** An opened bundle. Weights are read at each call; keep what you need. */
export class Bundle {
  constructor(
    private readonly files: BundleFiles,
    readonly manifest: BundleManifest,
  ) {}

  /** Absolute path of the folder, or in a browser its address. */
  get path(): string {
    return this.files.path;
  }

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
    const { weights } = await this.files.with(name, "CHECKPOINT_UNREADABLE", parseSafetensors);
    return weights;
  }

  private async json(name: string): Promise<unknown> {
    const text = await readText(this.files, name, "BUNDLE_INVALID");
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new V2LError("BUNDLE_INVALID", expected("JSON", name, "other bytes"), { cause: error });
    }
  }

  private invalid(what: string, name: string, received: string): V2LError {
    return new V2LError("BUNDLE_INVALID", expected(what, `${name} of ${this.path}`, received));
  }
}

/**
 * Verifies size and SHA-256 of files of a bundle.
 * @throws BUNDLE_CORRUPT naming the file that is missing, cut off or changed
 */
export async function verifyFiles(
  files: BundleFiles,
  listed: BundleManifest["files"],
): Promise<void> {
  for (const [name, { sha256, bytes }] of Object.entries(listed)) {
    const read = (file: RandomAccess) => fingerprint(file, files.sha256());
    const found = await files.with(name, "BUNDLE_CORRUPT", read).catch((error: unknown) => {
      throw corrupt(name, "nothing readable", error);
    });
    if (found.bytes !== bytes) throw corrupt(name, `${found.bytes} bytes instead of ${bytes}`);
    if (found.sha256 !== sha256) throw corrupt(name, "changed bytes");
  }
}

/** Size and SHA-256 of a file. */
export async function fingerprint(
  file: RandomAccess,
  hash: Sha256,
): Promise<{ sha256: string; bytes: number }> {
  for (let position = 0; position < file.size; position += HASH_CHUNK) {
    hash.update(await file.read(position, Math.min(HASH_CHUNK, file.size - position)));
  }
  return { sha256: bytesToHex(hash.digest()), bytes: file.size };
}

/**
 * Reads and checks the manifest.
 * @throws what {@link BundleFiles.with} throws; BUNDLE_INVALID; BUNDLE_CORRUPT
 */
export async function readManifest(files: BundleFiles): Promise<BundleManifest> {
  const text = await readText(files, MANIFEST_FILE, "BUNDLE_CORRUPT");
  const path = `${MANIFEST_FILE} of ${files.path}`;
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

async function readText(files: BundleFiles, name: string, code: ErrorCode): Promise<string> {
  const bytes = await files.with(name, code, (file) => file.read(0, file.size));
  return new TextDecoder().decode(bytes);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
