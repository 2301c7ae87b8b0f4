import type { BundleManifest } from "../bundle/manifest.js";
import type { Image } from "../image/image.js";
import type { Reconstruction } from "../v2l/codec.js";
import { Lexicon } from "../v2l/lexicon.js";
import type { GlobalToken, ImageTokens, LocalTokens, TokenIds } from "../v2l/tokens.js";
import { parseTokens, type TokenSpace, type TokensJson, tokensToJson } from "../v2l/tokens-json.js";
import { type BundleSource, locateBundle } from "./bundle-source.js";
import { type BrowserImageSource, sendImage } from "./image-source.js";
import type {
  BrowserDevice,
  ImageParams,
  Loaded,
  LoadProgress,
  ReadImageOptions,
} from "./messages.js";
import { WorkerClient } from "./worker-client.js";

/** Options of {@link BrowserV2L.load}. */
export interface BrowserV2LOptions {
  readonly bundle: BundleSource;
  /** Sent with every request for a file of the bundle, for instance `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where to compute. Default: WebGPU where it works, else WebAssembly. */
  readonly device?: BrowserDevice;
  /**
   * Threads of WebAssembly, also for what WebGPU leaves to it. Default: half of the logical processors,
   * at most 4; 1 on a page that is not cross-origin isolated, where browsers allow no more.
   */
  readonly threads?: number;
  /** Ends loading; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: LoadProgress) => void;
  /** Starts the module `v2l/browser/worker`, for bundlers that do not find it by themselves. */
  readonly worker?: () => Worker;
}

/** Options of a single call. */
export interface CallOptions {
  /** Takes the call back, unless it is being computed already; then its result is dropped. */
  readonly signal?: AbortSignal;
}

export interface EncodeImageOptions extends ReadImageOptions, CallOptions {}

/**
 * The V2L tokenizer in a browser: the networks of a bundle in a worker, by ONNX Runtime. Calls are
 * answered one after the other; errors are `V2LError`s with the codes of the `V2L` class.
 *
 * ```ts
 * const v2l = await BrowserV2L.load({ bundle: "/models/demo/" });
 * const tokens = await v2l.encode(file);
 * context.putImageData(toImageData(await v2l.decode(tokens)), 0, 0);
 * await v2l.dispose();
 * ```
 */
export class BrowserV2L {
  /** Where the networks run. */
  readonly device: BrowserDevice;
  /** Threads of WebAssembly. */
  readonly threads: number;
  private readonly lexicon: Lexicon;

  private constructor(
    private readonly client: WorkerClient,
    { lexicon, device, threads }: Loaded,
  ) {
    this.lexicon = new Lexicon(lexicon);
    this.device = device;
    this.threads = threads;
  }

  /**
   * Starts the worker, reads the bundle, verifies it and prepares the networks. Only what encoding and
   * decoding need is fetched, and from nowhere but `bundle`.
   * @throws V2LError FILE_NOT_FOUND, BUNDLE_INVALID or BUNDLE_CORRUPT; SERVER_UNAVAILABLE,
   *   SERVER_REFUSED; UNSUPPORTED where `device` or `threads` is not available; RUNTIME where the worker
   *   fails; INVALID_ARGUMENT
   */
  static async load(options: BrowserV2LOptions): Promise<BrowserV2L> {
    const { signal, onProgress = () => {}, device = null, threads = null } = options;
    signal?.throwIfAborted();
    const bundle = locateBundle(options.bundle, options.headers);
    const client = new WorkerClient((options.worker ?? startWorker)(), onProgress);
    try {
      return new BrowserV2L(
        client,
        await client.call("load", { bundle, device, threads }, { signal }),
      );
    } catch (error) {
      client.end(error);
      throw error;
    }
  }

  get manifest(): BundleManifest {
    return this.lexicon.parts.manifest;
  }

  /** What tokens of this bundle look like. */
  get tokenSpace(): TokenSpace {
    return this.lexicon.space;
  }

  /** The words of a codebook, row by row. */
  vocabulary(codebook: "local" | "global"): readonly string[] {
    return this.lexicon.vocabulary(codebook);
  }

  /**
   * Turns an image into words.
   * @throws V2LError IMAGE_UNREADABLE, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, INVALID_ARGUMENT; RUNTIME; DISPOSED
   */
  async encode(image: BrowserImageSource, options: EncodeImageOptions = {}): Promise<ImageTokens> {
    return this.withImage("encode", image, options);
  }

  /** The global words of an image, without the work for the grid. Throws as {@link encode}. */
  async describe(
    image: BrowserImageSource,
    options: EncodeImageOptions = {},
  ): Promise<GlobalToken[]> {
    return this.withImage("describe", image, options);
  }

  /** Encodes and decodes an image. Throws as {@link encode}. */
  async reconstruct(
    image: BrowserImageSource,
    options: EncodeImageOptions = {},
  ): Promise<Reconstruction> {
    return this.withImage("reconstruct", image, options);
  }

  /**
   * Turns tokens into a picture. Ids may come from anywhere.
   * @throws V2LError INVALID_ARGUMENT where ids are missing or outside their codebook; RUNTIME; DISPOSED
   */
  async decode(tokens: TokenIds, { signal }: CallOptions = {}): Promise<Image> {
    const grid = this.lexicon.localIds(tokens);
    const globalTokens = this.lexicon.globalIds(tokens).map((id) => ({ id }));
    return this.client.call("decode", { localTokens: { grid }, globalTokens }, { signal });
  }

  /** A grid of local ids, row by row, with their pieces. @throws V2LError INVALID_ARGUMENT */
  localTokens(grid: ArrayLike<number>): LocalTokens {
    return this.lexicon.grid(grid);
  }

  /** The tokens as a plain value for `JSON.stringify`, as `v2l tokenize --json` writes it. */
  tokensToJson(tokens: ImageTokens): TokensJson {
    return tokensToJson(tokens, this.tokenSpace);
  }

  /** Reads what {@link tokensToJson} made. @throws V2LError INVALID_ARGUMENT */
  parseTokens(json: unknown): ImageTokens {
    return parseTokens(json, this.tokenSpace);
  }

  /** Waits for what is running and ends the worker. Using this object afterwards throws DISPOSED. */
  dispose(): Promise<void> {
    return this.client.dispose();
  }

  private async withImage<M extends "encode" | "describe" | "reconstruct">(
    method: M,
    source: BrowserImageSource,
    { signal, ...options }: EncodeImageOptions,
  ) {
    const image = await sendImage(source);
    const params: ImageParams = { image, options };
    const transfer =
      typeof ImageBitmap !== "undefined" && image instanceof ImageBitmap ? [image] : [];
    return this.client.call(method, params, { signal, transfer });
  }
}

/** The way in which bundlers find workers: an address relative to this module, written in one piece. */
function startWorker(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "v2l" });
}
