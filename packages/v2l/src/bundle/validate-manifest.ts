import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { expected, V2LError } from "@v2l/nn";
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleManifest,
  readsTexts,
  referencedFiles,
} from "./manifest.js";

type Fields = Readonly<Record<string, unknown>>;

/**
 * SHA-256 of a manifest: of its JSON without blanks and without `manifestSha256`, fields in the order
 * of the file.
 */
export function manifestDigest(manifest: Readonly<Record<string, unknown>>): string {
  const { manifestSha256: _, ...content } = manifest;
  return bytesToHex(sha256(new TextEncoder().encode(JSON.stringify(content))));
}

/**
 * Checks a parsed `v2l.json`.
 * @param path of the manifest, for messages.
 * @throws BUNDLE_INVALID listing every problem; BUNDLE_CORRUPT where its digest does not fit.
 */
export function validateManifest(value: unknown, path: string): BundleManifest {
  const manifest = fields(value);
  if (manifest.format !== BUNDLE_FORMAT) {
    throw invalid(`the format ${BUNDLE_FORMAT}`, path, [`format: ${shown(manifest.format)}`]);
  }
  if (manifest.version !== BUNDLE_VERSION) {
    throw new V2LError(
      "BUNDLE_INVALID",
      expected(
        `bundle version ${BUNDLE_VERSION}`,
        path,
        shown(manifest.version),
        "Update v2l to read newer bundles",
      ),
    );
  }
  if (manifest.manifestSha256 !== manifestDigest(manifest)) {
    throw new V2LError(
      "BUNDLE_CORRUPT",
      expected("a manifest that fits its manifestSha256", path, "a changed one"),
    );
  }
  const problems = new Problems();
  checkFields(manifest, problems);
  if (problems.list.length === 0) {
    checkSizes(value as BundleManifest, problems);
    checkFiles(value as BundleManifest, problems);
  }
  if (problems.list.length > 0) throw invalid("a valid manifest", path, problems.list);
  return value as BundleManifest;
}

/** Collects what is wrong, each with the path of the field. */
class Problems {
  readonly list: string[] = [];

  add(path: string, what: string, received: unknown): void {
    this.list.push(`${path}: expected ${what}, received ${shown(received)}`);
  }

  integer(value: unknown, path: string): void {
    if (!isPositive(value)) this.add(path, "a positive integer", value);
  }

  text(value: unknown, path: string): void {
    if (typeof value !== "string" || value === "") this.add(path, "a text", value);
  }

  textList(value: unknown, path: string): void {
    const isText = (one: unknown) => typeof one === "string" && one !== "";
    if (!Array.isArray(value) || !value.every(isText)) this.add(path, "a list of texts", value);
  }

  sha256(value: unknown, path: string): void {
    if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) {
      this.add(path, "64 hexadecimal digits", value);
    }
  }

  integers(owner: Fields, path: string, names: readonly string[]): void {
    for (const name of names) this.integer(owner[name], `${path}.${name}`);
  }

  integerList(value: unknown, path: string, least: number): void {
    if (!Array.isArray(value) || value.length < least || !value.every(isPositive)) {
      this.add(path, "a list of positive integers", value);
    }
  }
}

function checkFields(manifest: Fields, problems: Problems): void {
  problems.text(manifest.name, "name");
  problems.integers(fields(manifest.image), "image", ["size"]);
  problems.integers(fields(manifest.grid), "grid", ["height", "width"]);
  const tokenizer = fields(manifest.tokenizer);
  problems.text(tokenizer.file, "tokenizer.file");
  checkVqgan(fields(tokenizer.config), "tokenizer.config", problems);
  if (manifest.discriminator !== null) {
    problems.text(fields(manifest.discriminator).file, "discriminator.file");
  }
  const codebooks = fields(manifest.codebooks);
  for (const kind of ["local", "global"]) {
    const codebook = fields(codebooks[kind]);
    problems.text(codebook.embedding, `codebooks.${kind}.embedding`);
    problems.text(codebook.vocabulary, `codebooks.${kind}.vocabulary`);
    problems.integers(codebook, `codebooks.${kind}`, ["size", "width"]);
  }
  problems.integer(fields(codebooks.global).words, "codebooks.global.words");
  checkClip(fields(manifest.clip), problems);
  if (manifest.attributes !== undefined) problems.textList(manifest.attributes, "attributes");
  if (manifest.llm !== null) {
    const { reference, vocabularyHash, file } = fields(manifest.llm);
    problems.text(reference, "llm.reference");
    if (vocabularyHash !== undefined) problems.sha256(vocabularyHash, "llm.vocabularyHash");
    if (file !== undefined) problems.text(file, "llm.file");
  }
  if (manifest.modelCard !== null) problems.text(manifest.modelCard, "modelCard");
  for (const [name, entry] of Object.entries(fields(manifest.files))) {
    const { sha256, bytes } = fields(entry);
    problems.sha256(sha256, `files.${name}.sha256`);
    if (!Number.isSafeInteger(bytes) || (bytes as number) < 0) {
      problems.add(`files.${name}.bytes`, "a size in bytes", bytes);
    }
  }
}

function checkVqgan(config: Fields, path: string, problems: Problems): void {
  problems.integers(config, path, [
    "resolution",
    "ch",
    "numResBlocks",
    "zChannels",
    "embedDim",
    "normGroups",
  ]);
  problems.integerList(config.chMult, `${path}.chMult`, 1);
  problems.integerList(config.attnResolutions, `${path}.attnResolutions`, 0);
}

function checkClip(clip: Fields, problems: Problems): void {
  const config = fields(clip.config);
  const tower = ["width", "layers", "heads"];
  problems.integer(config.embedDim, "clip.config.embedDim");
  problems.integers(fields(config.vision), "clip.config.vision", [
    ...tower,
    "imageSize",
    "patchSize",
  ]);
  if (config.text !== null) {
    problems.integers(fields(config.text), "clip.config.text", [
      ...tower,
      "contextLength",
      "vocabSize",
    ]);
  }
  problems.text(clip.file, "clip.file");
  problems.text(clip.reference, "clip.reference");
  if (clip.textTokenizer !== null) problems.text(clip.textTokenizer, "clip.textTokenizer");
  if (clip.preprocess !== "official" && clip.preprocess !== "demo") {
    problems.add("clip.preprocess", '"official" or "demo"', clip.preprocess);
  }
}

/** Sizes that follow from others. */
function checkSizes(manifest: BundleManifest, problems: Problems): void {
  const { image, grid, tokenizer, codebooks, clip, attributes = [] } = manifest;
  const cells = image.size / 2 ** (tokenizer.config.chMult.length - 1);
  if (grid.height !== cells || grid.width !== cells) {
    problems.add("grid", `${cells}x${cells} for ${image.size} pixels`, grid);
  }
  const width = tokenizer.config.embedDim;
  for (const [path, received] of [
    ["codebooks.local.width", codebooks.local.width],
    ["codebooks.global.width", codebooks.global.width],
    ["clip.config.embedDim", clip.config.embedDim],
  ] as const) {
    if (received !== width) problems.add(path, `${width}, the tokenizer's embedDim`, received);
  }
  if (codebooks.global.words > codebooks.global.size) {
    problems.add("codebooks.global.words", "at most the codebook's size", codebooks.global.words);
  }
  if (attributes.length > 0 && !readsTexts(clip)) {
    problems.add("attributes", "none, for CLIP's text half is missing", attributes);
  }
}

function checkFiles(manifest: BundleManifest, problems: Problems): void {
  for (const name of Object.keys(manifest.files)) {
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name)) {
      problems.add("files", "plain file names", name);
    }
  }
  for (const name of referencedFiles(manifest)) {
    if (!Object.hasOwn(manifest.files, name)) problems.add("files", `an entry for ${name}`, "none");
  }
}

/** The fields of an object; none where it is something else, so that each is reported missing. */
function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function isPositive(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function invalid(what: string, path: string, problems: readonly string[]): V2LError {
  return new V2LError("BUNDLE_INVALID", expected(what, path, problems.join("; ")));
}
