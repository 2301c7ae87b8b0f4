/** Stable, documented error codes. Callers branch on these, never on message text. */
export type ErrorCode =
  | "INVALID_ARGUMENT"
  | "UNSUPPORTED"
  | "FILE_NOT_FOUND"
  | "WEIGHTS_MISSING"
  | "IMAGE_UNREADABLE"
  | "IMAGE_TOO_LARGE"
  | "IMAGE_TOO_SMALL"
  | "CHECKPOINT_UNREADABLE"
  | "CHECKPOINT_UNSAFE"
  | "CHECKPOINT_MISMATCH"
  | "BUNDLE_INVALID"
  | "BUNDLE_CORRUPT"
  | "DISPOSED"
  | "RUNTIME"
  | "DISK_FULL"
  | "RESUME_MISMATCH"
  | "SHARDS_DIFFER"
  | "SHARDS_OVERLAP"
  | "SHARDS_MISSING"
  | "MODEL_UNREADABLE"
  | "VOCABULARY_MISMATCH"
  | "CONTEXT_OVERFLOW"
  | "SERVER_UNAVAILABLE"
  | "SERVER_REFUSED"
  | "SERVER_ANSWER_INVALID";

/**
 * The error every v2l package throws on purpose.
 * The message reads "Expected X for `name` but received Y", followed by the remedy.
 */
export class V2LError extends Error {
  override readonly name = "V2LError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Builds the message of the house formula. */
export function expected(what: string, name: string, received: unknown, remedy?: string): string {
  const shown = typeof received === "string" ? received : JSON.stringify(received);
  return `Expected ${what} for \`${name}\` but received ${shown}${remedy ? `. ${remedy}` : ""}`;
}
