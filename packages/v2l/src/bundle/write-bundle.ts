import { existsSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ggufVocabulary, readGgufHeader, vocabularyHash } from "@v2l/llm";
import {
  type ClipConfig,
  checkWeights,
  clipNetwork,
  discriminatorNetwork,
  expected,
  tokenizerNetwork,
  V2LError,
  type VqganConfig,
  type Weights,
} from "@v2l/nn";
import { writeSafetensors } from "../checkpoint/safetensors.js";
import { atomicFolder } from "../files/atomic-write.js";
import { type Codebook, fingerprint } from "./bundle.js";
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleManifest,
  type ClipPreprocess,
  type CodebookEntry,
  MANIFEST_FILE,
} from "./manifest.js";
import { FolderFiles } from "./open-bundle.js";
import { manifestDigest, validateManifest } from "./validate-manifest.js";

/** What a bundle is made of. */
export interface BundleParts {
  readonly name: string;
  /** Side of the training images in pixels. */
  readonly imageSize: number;
  readonly tokenizer: { readonly config: VqganConfig; readonly weights: Weights };
  readonly discriminator: Weights | null;
  readonly localCodebook: Codebook;
  readonly globalCodebook: Codebook;
  /** Global words the decoder attends to. */
  readonly globalWords: number;
  readonly clip: {
    readonly config: ClipConfig;
    readonly weights: Weights;
    readonly preprocess: ClipPreprocess;
    /** Text of a Hugging Face `tokenizer.json`, or null. */
    readonly textTokenizer: string | null;
    readonly reference: string;
  };
  /** Default: none. */
  readonly attributes?: readonly string[];
  readonly llm: BundleManifest["llm"];
  /** A GGUF file of the model that `llm` names, to be kept in the bundle. */
  readonly llmFile?: string;
  /** Markdown, stored as README.md. */
  readonly modelCard: string | null;
}

/**
 * Writes a bundle, as a whole or not at all.
 * @param folder new or empty; with `overwrite` it may also hold a bundle.
 * @returns the manifest written.
 * @throws INVALID_ARGUMENT; CHECKPOINT_MISMATCH listing the tensors that do not fit a configuration;
 * BUNDLE_INVALID where the parts do not fit together; VOCABULARY_MISMATCH where the language model's
 * vocabulary is not that of the local codebook.
 */
export async function writeBundle(
  folder: string,
  parts: BundleParts,
  options: { readonly overwrite?: boolean } = {},
): Promise<BundleManifest> {
  const { tokenizer, discriminator, clip } = parts;
  checkWeights(tokenizerNetwork(tokenizer.config).params, tokenizer.weights);
  if (discriminator !== null) checkWeights(discriminatorNetwork().params, discriminator);
  checkWeights(clipNetwork(clip.config).params, clip.weights);
  let manifest: BundleManifest | undefined;
  await atomicFolder(
    folder,
    async (temporary) => {
      manifest = await fillBundle(temporary, parts);
    },
    { overwrite: options.overwrite === true && existsSync(join(folder, MANIFEST_FILE)) },
  );
  return manifest as BundleManifest;
}

async function fillBundle(folder: string, parts: BundleParts): Promise<BundleManifest> {
  const { tokenizer, discriminator, clip } = parts;
  const written = new FolderFiles(folder);
  const files: Record<string, { sha256: string; bytes: number }> = {};
  const add = async (name: string, write: (path: string) => Promise<void>): Promise<string> => {
    await write(join(folder, name));
    files[name] = await written.with(name, "BUNDLE_CORRUPT", (file) =>
      fingerprint(file, written.sha256()),
    );
    return name;
  };
  const weights = (name: string, tensors: Weights) =>
    add(name, (path) => writeSafetensors(path, tensors));
  const text = (name: string, content: string) =>
    add(name, (path) => writeFile(path, content, { flush: true }));
  const codebook = async (kind: string, part: Codebook): Promise<CodebookEntry> => {
    const [size, width] = codebookShape(kind, part);
    const tensors = new Map([["embedding", part.embedding]]);
    return {
      embedding: await weights(`${kind}-codebook.safetensors`, tensors),
      vocabulary: await text(`${kind}-vocabulary.json`, `${JSON.stringify(part.vocabulary)}\n`),
      size,
      width,
    };
  };
  const cells = parts.imageSize / 2 ** (tokenizer.config.chMult.length - 1);
  const content: Omit<BundleManifest, "manifestSha256"> = {
    format: BUNDLE_FORMAT,
    version: BUNDLE_VERSION,
    name: parts.name,
    image: { size: parts.imageSize },
    grid: { height: cells, width: cells },
    tokenizer: {
      config: tokenizer.config,
      file: await weights("tokenizer.safetensors", tokenizer.weights),
    },
    discriminator:
      discriminator === null
        ? null
        : { file: await weights("discriminator.safetensors", discriminator) },
    codebooks: {
      local: await codebook("local", parts.localCodebook),
      global: {
        ...(await codebook("global", parts.globalCodebook)),
        words: parts.globalWords,
      },
    },
    clip: {
      config: clip.config,
      file: await weights("clip.safetensors", clip.weights),
      preprocess: clip.preprocess,
      textTokenizer:
        clip.textTokenizer === null ? null : await text("clip-tokenizer.json", clip.textTokenizer),
      reference: clip.reference,
    },
    ...(parts.attributes?.length ? { attributes: parts.attributes } : {}),
    llm: await languageModel(parts, add),
    modelCard: parts.modelCard === null ? null : await text("README.md", parts.modelCard),
    files,
  };
  const manifest = { ...content, manifestSha256: manifestDigest({ ...content }) };
  validateManifest(manifest, MANIFEST_FILE);
  const json = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeFile(join(folder, MANIFEST_FILE), json, { flush: true });
  return manifest;
}

async function languageModel(
  { llm, llmFile, localCodebook }: BundleParts,
  add: (name: string, write: (path: string) => Promise<void>) => Promise<string>,
): Promise<BundleManifest["llm"]> {
  if (llm === null || llmFile === undefined) return llm;
  const { pieces } = ggufVocabulary(await readGgufHeader(llmFile), llmFile);
  const { length } = localCodebook.vocabulary;
  if (pieces.length !== length) {
    const what = `a model of the local codebook's ${length} tokens`;
    throw new V2LError("VOCABULARY_MISMATCH", expected(what, llmFile, pieces.length));
  }
  const found = vocabularyHash(pieces);
  if (llm.vocabularyHash !== undefined && llm.vocabularyHash !== found) {
    const what = `the vocabulary of the local codebook, ${llm.vocabularyHash}`;
    throw new V2LError("VOCABULARY_MISMATCH", expected(what, llmFile, found));
  }
  const file = await add("llm.gguf", (path) => copyFile(llmFile, path));
  return { ...llm, vocabularyHash: found, file };
}

function codebookShape(kind: string, { embedding, vocabulary }: Codebook): [number, number] {
  const [size, width, ...rest] = embedding.shape;
  if (size === undefined || width === undefined || rest.length > 0 || size !== vocabulary.length) {
    throw new V2LError(
      "BUNDLE_INVALID",
      expected(
        "one embedding per word",
        `${kind} codebook`,
        `[${embedding.shape}] for ${vocabulary.length} words`,
      ),
    );
  }
  return [size, width];
}
