/** What one request may cost, and how many may wait. */
export interface Limits {
  /** Bytes of a request's body. */
  readonly bytes: number;
  /** Bytes of all bodies together that are being received, wait, or are worked on. */
  readonly allBytes: number;
  /** Pixels of an image. */
  readonly pixels: number;
  /** Seconds from the request's arrival to the end of its answer. */
  readonly seconds: number;
  /** Seconds that a client may take to send a request. */
  readonly sendSeconds: number;
  /** Requests that may wait for the engines, which serve one at a time. */
  readonly queue: number;
  /** Requests that may be at the upstream server at once. */
  readonly upstream: number;
}

export const DEFAULT_LIMITS: Limits = {
  bytes: 16 * 2 ** 20,
  allBytes: 256 * 2 ** 20,
  pixels: 25_000_000,
  seconds: 120,
  sendSeconds: 30,
  queue: 32,
  upstream: 64,
};
