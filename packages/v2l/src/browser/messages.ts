import { type ErrorCode, V2LError } from "@v2l/nn";
import type { Image } from "../image/image.js";
import type { MaxPixelsOption } from "../image/limits.js";
import type { BackgroundOption, RawImage } from "../image/raw-image.js";
import type { Reconstruction } from "../v2l/codec.js";
import type { LexiconParts } from "../v2l/lexicon.js";
import type { GlobalToken, ImageTokens, TokenIds } from "../v2l/tokens.js";

/** Where a browser computes: on the graphics card, or on the processor by WebAssembly. */
export type BrowserDevice = "webgpu" | "wasm";

/** What loading does: bytes of all files that arrived so far, then the networks. */
export type LoadProgress =
  | { readonly phase: "download"; readonly loaded: number; readonly total: number }
  | { readonly phase: "prepare"; readonly device: BrowserDevice };

/** How a picture is read. */
export interface ReadImageOptions extends BackgroundOption, MaxPixelsOption {}

/** An address, and headers of the requests to it. */
export interface BundleAddress {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where the worker finds a bundle: the address of its folder, or its files. */
export type BundleLocation = BundleAddress | { readonly files: ReadonlyMap<string, Blob> };

export interface LoadParams {
  readonly bundle: BundleLocation;
  readonly device: BrowserDevice | null;
  readonly threads: number | null;
}

/** What is known on the page of a loaded bundle. */
export interface Loaded {
  readonly lexicon: LexiconParts;
  readonly device: BrowserDevice;
  readonly threads: number;
}

/** A picture as it goes to the worker. */
export type SentImage = Blob | ImageBitmap | RawImage;

export interface ImageParams {
  readonly image: SentImage;
  readonly options: ReadImageOptions;
}

/** What the page asks, and what the worker answers. */
export interface Calls {
  load: { readonly params: LoadParams; readonly result: Loaded };
  encode: { readonly params: ImageParams; readonly result: ImageTokens };
  describe: { readonly params: ImageParams; readonly result: GlobalToken[] };
  reconstruct: { readonly params: ImageParams; readonly result: Reconstruction };
  decode: { readonly params: TokenIds; readonly result: Image };
}

export type Method = keyof Calls;

export interface Call<M extends Method = Method> {
  readonly id: number;
  readonly method: M;
  readonly params: Calls[M]["params"];
}

/** From the page: a call, or that the answer of one is no longer wanted. */
export type ToWorker = Call | { readonly cancel: number };

/** From the worker: the answer of a call, or how far loading is. */
export type FromWorker =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: SentError }
  | { readonly progress: LoadProgress };

/** An error as plain data: structured cloning loses what is special about {@link V2LError}. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause?: string;
}

/** What is not a {@link V2LError} becomes one with the code RUNTIME. */
export function sendError(error: unknown): SentError {
  if (!(error instanceof V2LError)) return { code: "RUNTIME", message: String(error) };
  const { code, message, cause } = error;
  return { code, message, ...(cause === undefined ? {} : { cause: String(cause) }) };
}

export function receiveError({ code, message, cause }: SentError): V2LError {
  return new V2LError(code, message, { cause });
}
