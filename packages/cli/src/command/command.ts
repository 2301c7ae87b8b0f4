import type { Output } from "../output/output.js";
import type { Option, Options, Values } from "./option.js";

/** The words after the command's name that are not options. */
export interface Argument {
  readonly name: string;
  readonly describe: string;
  readonly required: boolean;
  /** Whether several may be given. */
  readonly many: boolean;
}

/** What a command is called with. */
export interface Call<O extends Options = Options> {
  readonly args: readonly string[];
  readonly options: Values<O>;
  readonly output: Output;
  /** The command line that gives the same result, see {@link commandLine}. */
  readonly line: string;
  /** Aborted by SIGINT and SIGTERM, for commands that end in an orderly way then. */
  readonly signal: AbortSignal;
}

/** A command as data. Help, docs/cli.md and the parser are made from it. */
export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** What else to know, in sentences. */
  readonly details?: string;
  readonly argument?: Argument;
  readonly options: O;
  /** Lines to try, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Whether it watches `signal`; other commands end at once. */
  readonly orderly?: boolean;
  run(call: Call<O>): Promise<void>;
}

/** Several commands under one name. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly AnyCommand[];
}

export type AnyCommand = Command<Readonly<Record<string, Option<unknown>>>>;

/** Checks the type of a command and forgets its options. */
export function defineCommand<O extends Options>(command: Command<O>): AnyCommand {
  return command as unknown as AnyCommand;
}

export function isGroup(entry: AnyCommand | CommandGroup): entry is CommandGroup {
  return "commands" in entry;
}

/** An argument as the help shows it: `<image...>`, in brackets where it may be left out. */
export function argumentTerm({ name, many, required }: Argument): string {
  const whole = many ? `${name}...` : name;
  return required ? `<${whole}>` : `[${whole}]`;
}
