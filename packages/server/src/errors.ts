import { type ErrorCode, expected, V2LError } from "@v2l/nn";
import type { z } from "zod";
import type { ErrorResponse } from "./contract/index.js";

/** What goes wrong with a request rather than with what it asks for, and the HTTP status of each. */
const SERVER_ERRORS = {
  REQUEST_INVALID: 400,
  UNAUTHORIZED: 401,
  HOST_REFUSED: 403,
  IMAGE_HOST_REFUSED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TOO_LARGE: 413,
  NOT_JSON: 415,
  CLIENT_LEFT: 499,
  INTERNAL: 500,
  UPSTREAM_UNAVAILABLE: 502,
  IMAGE_UNREACHABLE: 502,
  QUEUE_FULL: 503,
  STOPPING: 503,
  TIME_LIMIT: 504,
} as const;
export type ServerErrorCode = keyof typeof SERVER_ERRORS;

/** Statuses of the library's errors; all others are the server's fault. */
const LIBRARY_ERRORS: Partial<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  IMAGE_UNREADABLE: 400,
  IMAGE_TOO_SMALL: 400,
  IMAGE_TOO_LARGE: 413,
  CONTEXT_OVERFLOW: 400,
  VOCABULARY_MISMATCH: 409,
  UNSUPPORTED: 501,
  SERVER_UNAVAILABLE: 502,
  SERVER_REFUSED: 502,
  SERVER_ANSWER_INVALID: 502,
  DISPOSED: 503,
};

/** An error with an HTTP status of its own. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly status: number;
  /** Seconds after which to try again. */
  readonly retryAfter: number | null;
  /** What of the request it is about. */
  readonly param: string | null;

  constructor(
    readonly code: ServerErrorCode,
    message: string,
    options: { cause?: unknown; retryAfter?: number; param?: string } = {},
  ) {
    super(message, options);
    this.status = SERVER_ERRORS[code];
    this.retryAfter = options.retryAfter ?? null;
    this.param = options.param ?? null;
  }
}

/** What a client is told of an error. */
export interface Failure {
  readonly status: number;
  readonly retryAfter: number | null;
  readonly body: ErrorResponse;
}

/** Errors that nobody expected are told without their message, which may hold anything. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ServerError) {
    const { status, code, message, param, retryAfter } = error;
    return { status, retryAfter, body: body(status, code, message, param) };
  }
  const status = error instanceof V2LError ? (LIBRARY_ERRORS[error.code] ?? 500) : 500;
  if (error instanceof V2LError && status !== 500) {
    return { status, retryAfter: null, body: body(status, error.code, error.message, null) };
  }
  const message = "Something went wrong in the server; its log says what";
  return { status, retryAfter: null, body: body(status, "INTERNAL", message, null) };
}

function body(status: number, code: string, message: string, param: string | null): ErrorResponse {
  return { error: { message, type: typeOf(status), param, code } };
}

/** The kinds of errors that OpenAI's API knows. */
function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

/** A request that cannot be answered as it is. */
export function invalid(what: string, name: string, received: unknown, remedy?: string) {
  const message = expected(what, name, received, remedy);
  return new ServerError("REQUEST_INVALID", message, { param: name });
}

/** The first thing that is wrong with a request. */
export function firstIssue({ issues }: Pick<z.ZodError, "issues">): ServerError {
  const [issue] = issues;
  const path = (issue?.path ?? []).map((key) =>
    typeof key === "number" ? `[${key}]` : `.${String(key)}`,
  );
  const param = path.join("").replace(/^\./, "") || "body";
  return new ServerError("REQUEST_INVALID", `${issue?.message} for \`${param}\``, { param });
}
