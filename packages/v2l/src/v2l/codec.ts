import type { ImageEmbedding, SessionOptions } from "@v2l/onnx";
import type { Bundle } from "../bundle/bundle.js";
import type { BundleManifest } from "../bundle/manifest.js";
import type { Image } from "../image/image.js";
import { clipInput, tokenizerInput, tokenizerSquare } from "../image/preprocess.js";
import { toImage } from "../image/to-image.js";
import { disposedError } from "./disposed-error.js";
import { Engine } from "./engine.js";
import { Lexicon } from "./lexicon.js";
import type { ImageTokens, TokenIds } from "./tokens.js";

/** What reconstructing returns. */
export interface Reconstruction {
  /** The square of the image that was tokenized. */
  readonly original: Image;
  readonly reconstruction: Image;
  readonly tokens: ImageTokens;
}

/**
 * A bundle that turns decoded pictures into words and back: what the library does on every platform,
 * behind the reading of files. Images of one call go through the networks together.
 */
export class Codec {
  private readonly engine: Engine;
  /** What runs now; disposing waits for it. */
  private readonly running = new Set<Promise<unknown>>();
  private disposal: Promise<void> | null = null;

  private constructor(
    private readonly bundle: Bundle,
    readonly lexicon: Lexicon,
    options: SessionOptions,
  ) {
    this.engine = new Engine(bundle, options);
  }

  /** Reads the words of a bundle. The networks are loaded at their first use, or by {@link prepare}. */
  static async open(bundle: Bundle, options: SessionOptions): Promise<Codec> {
    return new Codec(bundle, await Lexicon.read(bundle), options);
  }

  get manifest(): BundleManifest {
    return this.bundle.manifest;
  }

  /** Loads the networks that turn images into words and back. Their files are not needed afterwards. */
  prepare(): Promise<void> {
    return this.track(() => this.engine.prepare());
  }

  async encode(images: readonly Image[]): Promise<ImageTokens[]> {
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

  /** CLIP's features and global words. */
  describe(images: readonly Image[]): Promise<ImageEmbedding> {
    return this.track(() => this.engine.describe(this.clipInputs(images)));
  }

  /** The decoder's output before it becomes bytes: [N,3,S,S], about [-1,1], not clamped. */
  async decodePlanes(tokens: readonly TokenIds[]): Promise<Float32Array> {
    const local = tokens.flatMap((one) => this.lexicon.localIds(one));
    const global = tokens.flatMap((one) => this.lexicon.globalIds(one));
    return this.track(() => this.engine.decode(local, global));
  }

  async decode(tokens: readonly TokenIds[]): Promise<Image[]> {
    const planes = await this.decodePlanes(tokens);
    const { size } = this.manifest.image;
    const length = 3 * size ** 2;
    return tokens.map((_, n) => toImage(planes.subarray(n * length, (n + 1) * length), size, size));
  }

  async reconstruct(image: Image): Promise<Reconstruction> {
    const [tokens] = (await this.encode([image])) as [ImageTokens];
    const [reconstruction] = (await this.decode([tokens])) as [Image];
    const { image: sizes, clip } = this.manifest;
    return {
      original: tokenizerSquare(image, sizes.size, clip.preprocess),
      reconstruction,
      tokens,
    };
  }

  /** CLIP's features of texts, not normalised. */
  embedText(texts: readonly string[]): Promise<Float32Array> {
    return this.track(() => this.engine.embedText(texts));
  }

  /** Waits for what is running and frees the networks. Using this object afterwards throws DISPOSED. */
  dispose(): Promise<void> {
    this.disposal ??= Promise.allSettled(this.running).then(() => this.engine.dispose());
    return this.disposal;
  }

  private clipInputs(images: readonly Image[]): Float32Array {
    const side = this.manifest.clip.config.vision.imageSize;
    return stack(images, 3 * side ** 2, (one, out) => clipInput(one, side, out));
  }

  /** Runs an operation of the engine unless disposed, and remembers it while it runs. */
  private async track<T>(operation: () => Promise<T>): Promise<T> {
    if (this.disposal) throw disposedError();
    const promise = operation();
    this.running.add(promise);
    try {
      return await promise;
    } finally {
      this.running.delete(promise);
    }
  }
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
