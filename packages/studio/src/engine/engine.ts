import type { DecodeRequest, EncodeResponse } from "@v2l/server";
import type { Source } from "../pictures/source.js";

export interface Encoded {
  readonly tokens: EncodeResponse["tokens"];
  /** The square of the picture that was tokenized. */
  readonly square: Blob;
}

/** What turns pictures into words and back: the server, or this browser. */
export interface Engine {
  encode(source: Source, signal: AbortSignal): Promise<Encoded>;
  /** There may be fewer global words than the decoder reads: they are repeated. */
  decode(tokens: DecodeRequest, signal: AbortSignal): Promise<Blob>;
}
