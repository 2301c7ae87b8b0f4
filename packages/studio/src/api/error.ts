import type { ErrorResponse } from "@v2l/server";

/** A request that failed: `code` is the server's, or one of those here. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** `UNREACHABLE` where no answer came, `ANSWER_INVALID` where it was none of the API's. */
    readonly code: string,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options);
  }
}

/** The error that an answer tells. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as Partial<ErrorResponse> | null;
  if (body?.error?.code) return new ApiError(body.error.code, body.error.message);
  return new ApiError("ANSWER_INVALID", `The server answered with HTTP ${response.status}.`);
}

export function unreachable(cause: unknown): ApiError {
  return new ApiError("UNREACHABLE", "The server does not answer. Is it still running?", { cause });
}

/** What a person reads of errors that their message does not explain. */
const REMEDIES: Readonly<Record<string, string>> = {
  QUEUE_FULL: "The server is busy with others. Try again in a moment.",
  REQUEST_TOO_LARGE: "That is more than this server takes. Make the picture's file smaller.",
  STOPPING: "The server is being stopped.",
  UNAUTHORIZED: "The server asks for its token.",
  VOCABULARY_MISMATCH:
    "This language model's vocabulary is not the bundle's, so it cannot restore pictures.",
};

/** An error in words for a person. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  return REMEDIES[code] ?? error.message;
}

/** Whether somebody took the work back, which is no error to tell. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
