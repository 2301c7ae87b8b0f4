import {
  Argument as CommanderArgument,
  Command as CommanderCommand,
  Option as CommanderOption,
} from "commander";
import { Output, type Sink } from "../output/output.js";
import { type AnyCommand, argumentTerm, type Call, type CommandGroup, isGroup } from "./command.js";
import { UsageError } from "./errors.js";
import { commandLine } from "./line.js";
import { describeOption, flags, type Option, type Options } from "./option.js";
import { GENERAL } from "./shared-options.js";

/** What the program needs of the process it runs in. */
export interface Environment {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly version: string;
  /** Called before a command runs; the signal is aborted when the process is asked to stop. */
  begin(command: AnyCommand): AbortSignal;
}

const NAME = "v2l";
export const DESCRIPTION =
  "Images as words of a language model's vocabulary, and back: the V2L Tokenizer.";

/** The parser of all commands. Its errors are {@link UsageError}s; it never ends the process. */
export function createProgram(
  entries: readonly (AnyCommand | CommandGroup)[],
  environment: Environment,
): CommanderCommand {
  const program = configured(new CommanderCommand(NAME), environment)
    .description(DESCRIPTION)
    .version(environment.version, "-V, --version", "print the version");
  addOptions(program, GENERAL);
  for (const entry of entries) {
    program.addCommand(isGroup(entry) ? group(entry, environment) : leaf(entry, environment));
  }
  program.addHelpText("after", `\nRun \`${NAME} COMMAND --help\` for its options and examples.`);
  return program;
}

function group(entry: CommandGroup, environment: Environment): CommanderCommand {
  const parent = configured(new CommanderCommand(entry.name), environment).summary(entry.summary);
  parent.description(entry.summary);
  for (const command of entry.commands) parent.addCommand(leaf(command, environment));
  return parent;
}

function leaf(command: AnyCommand, environment: Environment): CommanderCommand {
  const { argument, options } = command;
  const parser = configured(new CommanderCommand(command.name), environment)
    .summary(command.summary)
    .description(command.details ? `${command.summary}\n\n${command.details}` : command.summary);
  if (argument) {
    parser.addArgument(new CommanderArgument(argumentTerm(argument), argument.describe));
  }
  addOptions(parser, options);
  const lines = command.examples.map(([line, meaning]) => `  ${line}\n      ${meaning}`);
  if (lines.length > 0) parser.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
  return parser.action(async () => {
    const values = parser.optsWithGlobals();
    const { json, quiet } = values as { json: boolean; quiet: boolean };
    const call: Call = {
      args: parser.args,
      options: values,
      output: new Output(environment.stdout, environment.stderr, { json, quiet }),
      line: commandLine(path(parser), command, parser.args, values),
      signal: environment.begin(command),
    };
    await command.run(call);
  });
}

function configured(parser: CommanderCommand, { stdout, stderr }: Environment): CommanderCommand {
  return parser
    .exitOverride()
    .allowExcessArguments(false)
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, optionDescription: (option) => option.description })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text) => {
        throw new UsageError(`${sentence(text)}. Run \`${path(parser)} --help\` for help`);
      },
    });
}

/** `v2l train clip`. */
function path(parser: CommanderCommand): string {
  return parser.parent ? `${path(parser.parent)} ${parser.name()}` : parser.name();
}

function sentence(text: string): string {
  const line = text
    .replace(/^error: /, "")
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();
  return line.replace(/\.$/, "");
}

function addOptions(parser: CommanderCommand, options: Options): void {
  for (const [key, option] of Object.entries(options)) parser.addOption(toCommander(key, option));
}

function toCommander(key: string, option: Option<unknown>): CommanderOption {
  const made = new CommanderOption(flags(key, option), describeOption(option));
  made.makeOptionMandatory(option.required ?? false);
  if (option.choices) made.choices(option.choices);
  if (!option.required) made.default(option.initial);
  const { parse } = option;
  if (parse) made.argParser((text, before) => parse(text, before));
  return made;
}
