import type { ClipConfig, VqganConfig } from "@v2l/nn";

/** Name of the manifest inside a bundle. */
export const MANIFEST_FILE = "v2l.json";

export const BUNDLE_FORMAT = "v2l-bundle";
export const BUNDLE_VERSION = 1;

/** Where a codebook lies and what it must hold. */
export interface CodebookEntry {
  /** Safetensors file with the tensor `embedding` [size, width]. */
  readonly embedding: string;
  /** JSON file: an array of `size` texts, row by row. */
  readonly vocabulary: string;
  readonly size: number;
  readonly width: number;
}

/** How pixels reach CLIP: as in the official code, or at the demo's size. */
export type ClipPreprocess = "official" | "demo";

export interface LanguageModelReference {
  readonly reference: string;
  /** The model's `vocabularyHash`; missing where the bundle was made without the model at hand. */
  readonly vocabularyHash?: string;
  /** The model itself as a GGUF file, where the bundle has it. */
  readonly file?: string;
}

/** The manifest of a bundle, `v2l.json`. Every file name is relative to the bundle's folder. */
export interface BundleManifest {
  readonly format: typeof BUNDLE_FORMAT;
  readonly version: typeof BUNDLE_VERSION;
  readonly name: string;
  /** Side of the square images the tokenizer was trained on, in pixels. */
  readonly image: { readonly size: number };
  /** Local tokens of such an image. */
  readonly grid: { readonly height: number; readonly width: number };
  /** `encoder.*`, `quant_conv.*`, `codebook_projection.*`, `post_quant_conv.*`, `decoder.*`. */
  readonly tokenizer: { readonly config: VqganConfig; readonly file: string };
  /** `discriminator.*`, for training to go on. */
  readonly discriminator: { readonly file: string } | null;
  readonly codebooks: {
    readonly local: CodebookEntry;
    /** `words`: how many global words the decoder attends to. */
    readonly global: CodebookEntry & { readonly words: number };
  };
  readonly clip: {
    readonly config: ClipConfig;
    readonly file: string;
    readonly preprocess: ClipPreprocess;
    /** Hugging Face `tokenizer.json`; null where the text half is missing. */
    readonly textTokenizer: string | null;
    /** Where the weights come from. */
    readonly reference: string;
  };
  /**
   * What may be said of the things in an image and of what is behind them, such as colours, in words that CLIP's
   * text half knows; see `V2L.locate`. Missing: nothing.
   */
  readonly attributes?: readonly string[];
  /** The language model whose tokens are the rows of the local codebook. */
  readonly llm: LanguageModelReference | null;
  readonly modelCard: string | null;
  /** Every file of the bundle but the manifest. */
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
  /** SHA-256 of the manifest itself, see {@link manifestDigest}. */
  readonly manifestSha256: string;
}

/** Whether a bundle's CLIP has its text half. */
export function readsTexts({
  config,
  textTokenizer,
}: Pick<BundleManifest["clip"], "config" | "textTokenizer">): boolean {
  return config.text !== null && textTokenizer !== null;
}

/** The names of the files a manifest refers to. */
export function referencedFiles(manifest: BundleManifest): string[] {
  const { tokenizer, discriminator, codebooks, clip, llm, modelCard } = manifest;
  const names = [
    tokenizer.file,
    discriminator?.file,
    codebooks.local.embedding,
    codebooks.local.vocabulary,
    codebooks.global.embedding,
    codebooks.global.vocabulary,
    clip.file,
    clip.textTokenizer,
    llm?.file,
    modelCard,
  ];
  return names.filter((name) => typeof name === "string");
}
