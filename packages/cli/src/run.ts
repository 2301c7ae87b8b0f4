import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import type { AnyCommand } from "./command/command.js";
import { errorLine, exitStatus } from "./command/errors.js";
import { createProgram } from "./command/program.js";
import { COMMANDS } from "./commands/index.js";

/** Runs one command line in this process. @returns the exit status */
export async function run(words: readonly string[]): Promise<number> {
  endQuietlyOnBrokenPipe();
  const program = createProgram(COMMANDS, {
    stdout: process.stdout,
    stderr: process.stderr,
    version: packageVersion(),
    begin: handleSignals,
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    // Help and version were printed by the parser; help that nobody asked for is a usage error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${errorLine(error)}\n`);
    if (words.includes("--debug") && error instanceof Error) {
      process.stderr.write(`${stackOf(error)}\n`);
    }
    return exitStatus(error);
  }
}

export function packageVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** A reader that has seen enough (`v2l tokenize ... | head -1`) is no error. */
function endQuietlyOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
}

/**
 * The first signal asks an orderly command to end and ends all others; the second ends any. Exit
 * handlers run, so that no temporary files are left.
 */
function handleSignals(command: AnyCommand): AbortSignal {
  const controller = new AbortController();
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.on(signal, () => {
      if (!command.orderly || controller.signal.aborted) process.exit(status);
      controller.abort();
    });
  }
  return controller.signal;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
