import { V2LError } from "@v2l/nn";
import { TorchError } from "@v2l/torch";

/** The command line itself is wrong: exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "USAGE";
}

/** A command was stopped from outside; what it prints says how to go on. Exit status 130. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  readonly code = "INTERRUPTED";
}

/** The stable code of any error; `INTERNAL` for those nobody expected. */
export function errorCode(error: unknown): string {
  if (error instanceof V2LError || error instanceof TorchError) return error.code;
  if (error instanceof UsageError || error instanceof InterruptedError) return error.code;
  if (error instanceof Error && "syscall" in error && "code" in error) return String(error.code);
  return "INTERNAL";
}

/** `error [CODE]: message` on one line. */
export function errorLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `error [${errorCode(error)}]: ${message.replaceAll(/\s*\n\s*/g, " ").trim()}`;
}

export function exitStatus(error: unknown): number {
  if (error instanceof UsageError) return 2;
  return error instanceof InterruptedError ? 130 : 1;
}
