import type { LanguageModel } from "@v2l/llm";
import type { ImageEmbedding, SessionOptions } from "@v2l/onnx";
import type { Bundle } from "../bundle/bundle.js";
import type { BundleManifest } from "../bundle/manifest.js";
import { openBundle } from "../bundle/open-bundle.js";
import { checkVocabulary } from "../codebook/check-vocabulary.js";
import type { Image } from "../image/image.js";
import type { ImageSource, LoadImageOptions } from "../image/load.js";
import { checkWholeNumber } from "../whole-number.js";
import { type BatchOptions, batches, collect } from "./batches.js";
import { Codec, type Reconstruction } from "./codec.js";
import { requireDemoBundle } from "./demo-bundle.js";
import { Lazy } from "./lazy.js";
import { dot, norm } from "./lexicon.js";
import { loadInput } from "./load-input.js";
import {
  backgroundText,
  type DescribedAttribute,
  type LocatedWords,
  PLACES,
  partsOf,
  placeWords,
} from "./places.js";
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

/** Options of {@link V2L.locate}. */
export interface LocateOptions extends EncodeOptions {
  /** Most things of an image. Default 4. */
  readonly count?: number;
  /** What may be said of them and of what is behind them, such as colours. Default: what the bundle names. */
  readonly attributes?: readonly string[];
}

/** The two codebooks: of the grid's tokens, and of the words for a whole image. */
export type CodebookKind = "local" | "global";

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
  private readonly searches = {
    local: new Lazy(async () => new WordSearch(await this.bundle.codebook("local"))),
    global: new Lazy(async () => new WordSearch(await this.bundle.codebook("global"))),
  };

  /** Embeddings of the texts about attributes that were asked for. */
  private readonly attributeRows = new Map<string, Float32Array>();

  private constructor(
    private readonly bundle: Bundle,
    private readonly codec: Codec,
  ) {}

  /**
   * Opens and verifies a bundle. The networks are loaded at their first use.
   * @param path folder of the bundle; without it the demo bundle that comes with the package
   * @throws V2LError FILE_NOT_FOUND, BUNDLE_INVALID or BUNDLE_CORRUPT, see {@link openBundle}
   */
  static async load(path?: string, options: V2LOptions = {}): Promise<V2L> {
    const bundle = await openBundle(path ?? requireDemoBundle());
    return new V2L(bundle, await Codec.open(bundle, options));
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
    return this.codec.lexicon.space;
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
    return first(await this.codec.encode([image]));
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
      for (let n = 0; n < count; n++) words.push(this.codec.lexicon.globalTokens(embedding, n));
    }
    return isList(input) ? words : first(words);
  }

  /**
   * Global words of parts of an image, or of each of several, and where the parts are: what a language model
   * can tell places and several small things from; and what the things and the background are like, in words that
   * need not be in the codebook. Not in the paper, whose words are of whole images. Reads nine squares of half
   * the image's side, {@link PLACES}.
   * @throws V2LError what {@link loadInput} throws; INVALID_ARGUMENT; UNSUPPORTED for attributes where the bundle
   * has no text half of CLIP; DISPOSED.
   */
  locate(image: ImageSource, options?: LocateOptions): Promise<LocatedWords>;
  locate(images: readonly ImageSource[], options?: LocateOptions): Promise<LocatedWords[]>;
  async locate(
    input: ImageSource | readonly ImageSource[],
    { count = 4, attributes = this.manifest.attributes ?? [], ...options }: LocateOptions = {},
  ): Promise<LocatedWords | LocatedWords[]> {
    checkWholeNumber(count, "count", 0);
    const rateAttributes = await this.attributeRater(attributes);
    const placed: LocatedWords[] = [];
    for await (const sources of batches(isList(input) ? input : [input], options)) {
      const loaded = await Promise.all(sources.map((source) => loadInput(source, options)));
      const views = loaded.flatMap((image) => [image, ...partsOf(image)]);
      const { features } = await this.codec.describe(views);
      const search = await this.searches.global.get();
      const rows = unitRows(features, views.length);
      const words = search.nearest(rows, Number.POSITIVE_INFINITY, () => true);
      const similarity = search.similarity.bind(search);
      for (let n = 0; n < views.length; n += 1 + PLACES.length) {
        const [whole = [], ...parts] = words.slice(n, n + 1 + PLACES.length);
        const rated = rateAttributes(rows.slice(n + 1, n + 1 + PLACES.length));
        placed.push(placeWords({ whole, parts, similarity, attributes: rated }, count));
      }
    }
    return isList(input) ? placed : first(placed);
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
      yield* await this.codec.encode(loaded);
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
    return first(await this.codec.decode([input]));
  }

  /** Turns any number of tokens into pictures, with only `batchSize` of them in memory at a time. */
  async *decodeAll(
    tokens: Iterable<TokenIds> | AsyncIterable<TokenIds>,
    options: BatchOptions = {},
  ): AsyncGenerator<Image, void, undefined> {
    for await (const batch of batches(tokens, options)) {
      yield* await this.codec.decode(batch);
    }
  }

  /**
   * The decoder's output before it becomes bytes: [N,3,S,S], about [-1,1], not clamped. For metrics that
   * must not round.
   */
  async decodePlanes(tokens: readonly TokenIds[]): Promise<Float32Array> {
    return this.codec.decodePlanes(tokens);
  }

  /** Encodes and decodes an image. */
  async reconstruct(image: ImageSource, options: LoadImageOptions = {}): Promise<Reconstruction> {
    return this.codec.reconstruct(await loadInput(image, options));
  }

  /**
   * CLIP's unit embeddings of texts, one array of the codebooks' width each.
   * @throws V2LError UNSUPPORTED where the bundle has no text half of CLIP; DISPOSED.
   */
  async embedText(texts: readonly string[], options: BatchOptions = {}): Promise<Float32Array[]> {
    const rows: Float32Array[] = [];
    for await (const batch of batches(texts, options)) {
      const embeddings = await this.codec.embedText(batch);
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
    return this.codec.lexicon.vocabulary(codebook);
  }

  /** A grid of local ids, row by row, with their pieces. @throws V2LError INVALID_ARGUMENT */
  localTokens(grid: ArrayLike<number>): LocalTokens {
    return this.codec.lexicon.grid(grid);
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
    return this.codec.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Tells how near attributes are to parts, by the unit embeddings of those. */
  private async attributeRater(
    attributes: readonly string[],
  ): Promise<(parts: readonly Float32Array[]) => DescribedAttribute[]> {
    const texts = attributes.flatMap((name) => [name, backgroundText([name])]);
    const fresh = texts.filter((text) => !this.attributeRows.has(text));
    const rows = await this.embedText(fresh);
    fresh.forEach((text, i) => {
      this.attributeRows.set(text, rows[i] as Float32Array);
    });
    return (parts) =>
      attributes.map((name) => {
        const to = (text: string) => {
          const row = this.attributeRows.get(text) as Float32Array;
          return parts.map((part) => dot(part, row));
        };
        return { name, alone: to(name), behind: to(backgroundText([name])) };
      });
  }

  /** CLIP's features and global words of images, a batch at a time. */
  private async *describeBatches(
    images: readonly ImageSource[],
    options: EncodeOptions,
  ): AsyncGenerator<{ count: number; embedding: ImageEmbedding }, void, undefined> {
    for await (const sources of batches(images, options)) {
      const loaded = await Promise.all(sources.map((source) => loadInput(source, options)));
      const embedding = await this.codec.describe(loaded);
      yield { count: loaded.length, embedding };
    }
  }
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

function first<T>(items: readonly T[]): T {
  return items[0] as T;
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
