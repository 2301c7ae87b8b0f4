import type { LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import type { ImageEmbedding, SessionOptions } from "@v2l/onnx";
import type { BundleManifest } from "../bundle/manifest.js";
import { type Bundle, openBundle } from "../bundle/open-bundle.js";
import { checkVocabulary } from "../codebook/check-vocabulary.js";
import type { Image } from "../image/image.js";
import type { ImageSource, LoadImageOptions } from "../image/load.js";
import { toImage } from "../image/picture.js";
import { clipInput, tokenizerInput, tokenizerSquare } from "../image/preprocess.js";
import { checkWholeNumber } from "../whole-number.js";
import { type BatchOptions, batches, collect } from "./batches.js";
import { requireDemoBundle } from "./demo-bundle.js";
import { Engine } from "./engine.js";
import { Lazy } from "./lazy.js";
import { Lexicon, norm } from "./lexicon.js";
import { loadInput } from "./load-input.js";
import type { GlobalToken, ImageTokens, LocalTokens, TokenIds } from "./tokens.js";
import {
  parseTokens,
  type TokenSpace,
  type TokensJson,
  tokenId,
  tokensToJson,
} from "./tokens-json.js";
import { type NearestWordsOptions, type Neighbour, WordSearch } from "./word-search.js";

/** Options of {@link V2L.load}: where to compute and with how many threads. */
export type V2LOptions = SessionOptions;

/** Options of encoding: how the images are read, and how many go through the networks at once. */
export interface EncodeOptions extends LoadImageOptions, BatchOptions {}

/** The two codebooks: of the grid's tokens, and of the words for a whole image. */
export type CodebookKind = "local" | "global";

/** What {@link V2L.reconstruct} returns. */
export interface Reconstruction {
  /** The square of the image that was tokenized. */
  readonly original: Image;
  readonly reconstruction: Image;
  readonly tokens: ImageTokens;
}

/**
 * The V2L tokenizer: images to words of a language model's vocabulary, and back.
 *
 * ```ts
 * const v2l = await V2L.load();
 * const tokens = await v2l.encode("photo.jpg");
 * tokens.globalTokens.slice(0, 5).map(({ word }) => word);
 * await savePng("again.png", await v2l.decode(tokens));
 * await v2l.dispose();
 * ```
 */
export class V2L {
  private readonly engine: Engine;
  private readonly searches = {
    local: new Lazy(async () => new WordSearch(await this.bundle.codebook("local"))),
    global: new Lazy(async () => new WordSearch(await this.bundle.codebook("global"))),
  };
  /** What runs now; disposing waits for it. */
  private readonly running = new Set<Promise<unknown>>();
  private disposal: Promise<void> | null = null;

  private constructor(
    private readonly bundle: Bundle,
    private readonly lexicon: Lexicon,
    options: V2LOptions,
  ) {
    this.engine = new Engine(bundle, options);
  }

  /**
   * Opens and verifies a bundle. The networks are loaded at their first use.
   * @param path folder of the bundle; without it the demo bundle that comes with the package
   * @throws V2LError FILE_NOT_FOUND, BUNDLE_INVALID or BUNDLE_CORRUPT, see {@link openBundle}
   */
  static async load(path?: string, options: V2LOptions = {}): Promise<V2L> {
    const bundle = await openBundle(path ?? requireDemoBundle());
    return new V2L(bundle, await Lexicon.read(bundle), options);
  }

  get manifest(): BundleManifest {
    return this.bundle.manifest;
  }

  /** Absolute path of the bundle's folder. */
  get path(): string {
    return this.bundle.path;
  }

  /** What tokens of this bundle look like; {@link parseTokens} checks against it. */
  get tokenSpace(): TokenSpace {
    return this.lexicon.space;
  }

  /**
   * Turns an image, or each of several, into words.
   * @throws V2LError what {@link loadInput} throws; DISPOSED.
   */
  encode(image: ImageSource, options?: EncodeOptions): Promise<ImageTokens>;
  encode(images: readonly ImageSource[], options?: EncodeOptions): Promise<ImageTokens[]>;
  async encode(
    input: ImageSource | readonly ImageSource[],
    options: EncodeOptions = {},
  ): Promise<ImageTokens | ImageTokens[]> {
    if (isList(input)) return collect(this.encodeAll(input, options));
    const image = await loadInput(input, options);
    return first(await this.encodeBatch([image]));
  }

  /**
   * The global words of an image, or of each of several: those of {@link encode}, without the work for
   * the grid. This is what a language model reads of an image.
   * @throws V2LError what {@link loadInput} throws; DISPOSED.
   */
  describe(image: ImageSource, options?: EncodeOptions): Promise<GlobalToken[]>;
  describe(images: readonly ImageSource[], options?: EncodeOptions): Promise<GlobalToken[][]>;
  async describe(
    input: ImageSource | readonly ImageSource[],
    options: EncodeOptions = {},
  ): Promise<GlobalToken[] | GlobalToken[][]> {
    const images = isList(input) ? input : [input];
    const words: GlobalToken[][] = [];
    for await (const { count, embedding } of this.describeBatches(images, options)) {
      for (let n = 0; n < count; n++) words.push(this.lexicon.globalTokens(embedding, n));
    }
    return isList(input) ? words : first(words);
  }

  /**
   * Turns any number of images into words, one after the other, with only `batchSize` images in
   * memory at a time. Ends with the error of the first image that cannot be read.
   */
  async *encodeAll(
    images: Iterable<ImageSource> | AsyncIterable<ImageSource>,
    options: EncodeOptions = {},
  ): AsyncGenerator<ImageTokens, void, undefined> {
    for await (const sources of batches(images, options)) {
      const loaded = await Promise.all(sources.map((source) => loadInput(source, options)));
      yield* await this.encodeBatch(loaded);
    }
  }

  /**
   * Turns tokens, or each of several, into a picture. Ids may come from anywhere, e.g. a language model:
   * `{ localTokens: { grid }, globalTokens: [{ id }, ...] }`.
   * @throws V2LError INVALID_ARGUMENT where ids are missing or outside their codebook; DISPOSED.
   */
  decode(tokens: TokenIds): Promise<Image>;
  decode(tokens: readonly TokenIds[], options?: BatchOptions): Promise<Image[]>;
  async decode(
    input: TokenIds | readonly TokenIds[],
    options: BatchOptions = {},
  ): Promise<Image | Image[]> {
    if (isList(input)) return collect(this.decodeAll(input, options));
    return first(this.toImages(await this.decodePlanes([input])));
  }

  /** Turns any number of tokens into pictures, with only `batchSize` of them in memory at a time. */
  async *decodeAll(
    tokens: Iterable<TokenIds> | AsyncIterable<TokenIds>,
    options: BatchOptions = {},
  ): AsyncGenerator<Image, void, undefined> {
    for await (const batch of batches(tokens, options)) {
      yield* this.toImages(await this.decodePlanes(batch));
    }
  }

  /**
   * The decoder's output before it becomes bytes: [N,3,S,S], about [-1,1], not clamped. For metrics that
   * must not round.
   */
  async decodePlanes(tokens: readonly TokenIds[]): Promise<Float32Array> {
    const local = tokens.flatMap((one) => this.lexicon.localIds(one));
    const global = tokens.flatMap((one) => this.lexicon.globalIds(one));
    return this.track(() => this.engine.decode(local, global));
  }

  /** Encodes and decodes an image. */
  async reconstruct(image: ImageSource, options: LoadImageOptions = {}): Promise<Reconstruction> {
    const loaded = await loadInput(image, options);
    const tokens = first(await this.encodeBatch([loaded]));
    const { image: sizes, clip } = this.manifest;
    return {
      original: tokenizerSquare(loaded, sizes.size, clip.preprocess),
      reconstruction: await this.decode(tokens),
      tokens,
    };
  }

  /**
   * CLIP's unit embeddings of texts, one array of the codebooks' width each.
   * @throws V2LError UNSUPPORTED where the bundle has no text half of CLIP; DISPOSED.
   */
  async embedText(texts: readonly string[], options: BatchOptions = {}): Promise<Float32Array[]> {
    const rows: Float32Array[] = [];
    for await (const batch of batches(texts, options)) {
      const embeddings = await this.track(() => this.engine.embedText(batch));
      rows.push(...unitRows(embeddings, batch.length));
    }
    return rows;
  }

  /** CLIP's unit embeddings of images, one array of the codebooks' width each. */
  async embedImage(
    images: readonly ImageSource[],
    options: EncodeOptions = {},
  ): Promise<Float32Array[]> {
    const rows: Float32Array[] = [];
    for await (const { count, embedding } of this.describeBatches(images, options)) {
      rows.push(...unitRows(embedding.features, count));
    }
    return rows;
  }

  /**
   * The global words nearest to unit embeddings of the codebook's width, such as {@link embedImage} gives:
   * of an image's embedding those of {@link describe}, or, with `among`, those of a smaller vocabulary.
   */
  async nearestWords(
    embeddings: readonly Float32Array[],
    options: NearestWordsOptions = {},
  ): Promise<GlobalToken[][]> {
    const { count = this.manifest.codebooks.global.words, among = () => true } = options;
    return (await this.searches.global.get()).nearest(embeddings, count, among);
  }

  /**
   * The entries of a codebook most similar to one of its own: what else could stand in a token's place.
   * @param count how many; fewer where the codebook has no more
   * @throws V2LError INVALID_ARGUMENT where `id` is no row or `count` no whole number
   */
  async neighbours(codebook: CodebookKind, id: number, count = 8): Promise<Neighbour[]> {
    tokenId(id, "id", this.tokenSpace.codebooks[codebook]);
    checkWholeNumber(count, "count", 0);
    return (await this.searches[codebook].get()).neighbours(id, count);
  }

  /** The words of a codebook; the index is the id. */
  vocabulary(codebook: CodebookKind): readonly string[] {
    return this.lexicon.vocabulary(codebook);
  }

  /** A grid of local ids, row by row, with their pieces. @throws V2LError INVALID_ARGUMENT */
  localTokens(grid: ArrayLike<number>): LocalTokens {
    const ids = this.lexicon.localIds({ localTokens: { grid }, globalTokens: [] });
    return this.lexicon.localTokens(Int32Array.from(ids), 0);
  }

  /**
   * Checks that a language model reads and writes this bundle's local tokens.
   * @throws V2LError VOCABULARY_MISMATCH, see {@link checkVocabulary}
   */
  async checkLanguageModel(llm: LanguageModel): Promise<void> {
    await checkVocabulary(this.bundle, llm);
  }

  /** The tokens as a plain value for `JSON.stringify`. */
  tokensToJson(tokens: ImageTokens): TokensJson {
    return tokensToJson(tokens, this.tokenSpace);
  }

  /** Reads what {@link tokensToJson} made. @throws V2LError INVALID_ARGUMENT, see {@link parseTokens}. */
  parseTokens(json: unknown): ImageTokens {
    return parseTokens(json, this.tokenSpace);
  }

  /** Waits for what is running and frees the networks. Using this object afterwards throws DISPOSED. */
  dispose(): Promise<void> {
    this.disposal ??= Promise.allSettled(this.running).then(() => this.engine.dispose());
    return this.disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  private async encodeBatch(images: readonly Image[]): Promise<ImageTokens[]> {
    const { image, clip } = this.manifest;
    const pixels = stack(images, 3 * image.size ** 2, (one, out) =>
      tokenizerInput(one, image.size, clip.preprocess, out),
    );
    return this.track(async () => {
      const ids = await this.engine.encode(pixels);
      const descriptions = await this.engine.describe(this.clipInputs(images));
      return images.map((_, n) => ({
        globalTokens: this.lexicon.globalTokens(descriptions, n),
        localTokens: this.lexicon.localTokens(ids, n),
      }));
    });
  }

  /** CLIP's features and global words of images, a batch at a time. */
  private async *describeBatches(
    images: readonly ImageSource[],
    options: EncodeOptions,
  ): AsyncGenerator<{ count: number; embedding: ImageEmbedding }, void, undefined> {
    for await (const sources of batches(images, options)) {
      const loaded = await Promise.all(sources.map((source) => loadInput(source, options)));
      const embedding = await this.track(() => this.engine.describe(this.clipInputs(loaded)));
      yield { count: loaded.length, embedding };
    }
  }

  private clipInputs(images: readonly Image[]): Float32Array {
    const side = this.manifest.clip.config.vision.imageSize;
    return stack(images, 3 * side ** 2, (one, out) => clipInput(one, side, out));
  }

  private toImages(planes: Float32Array): Image[] {
    const { size } = this.manifest.image;
    const length = 3 * size ** 2;
    return Array.from({ length: planes.length / length }, (_, n) =>
      toImage(planes.subarray(n * length, (n + 1) * length), size, size),
    );
  }

  /** Runs an operation of the engine unless disposed, and remembers it while it runs. */
  private async track<T>(operation: () => Promise<T>): Promise<T> {
    if (this.disposal) {
      const remedy = "Load the bundle again";
      throw new V2LError("DISPOSED", expected("a live V2L", "v2l", "a disposed one", remedy));
    }
    const promise = operation();
    this.running.add(promise);
    try {
      return await promise;
    } finally {
      this.running.delete(promise);
    }
  }
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

function first<T>(items: readonly T[]): T {
  return items[0] as T;
}

/** One array for all images: `write` fills the `length` values of each. */
function stack(
  images: readonly Image[],
  length: number,
  write: (image: Image, out: Float32Array) => void,
): Float32Array {
  const out = new Float32Array(images.length * length);
  images.forEach((image, n) => {
    write(image, out.subarray(n * length, (n + 1) * length));
  });
  return out;
}

/** Splits [N,D] into rows of length 1. */
function unitRows(values: Float32Array, count: number): Float32Array[] {
  const width = values.length / count;
  return Array.from({ length: count }, (_, n) => {
    const row = values.slice(n * width, (n + 1) * width);
    const length = norm(row);
    return row.map((value) => value / length);
  });
}
