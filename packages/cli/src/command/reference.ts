import { type AnyCommand, argumentTerm, type CommandGroup, isGroup } from "./command.js";
import { describeOption, flags, type Options } from "./option.js";
import { GENERAL } from "./shared-options.js";

const HEADER = `# The v2l command

<!-- Made from the commands in packages/cli/src/commands by \`npm run docs\`. Do not edit. -->

\`v2l COMMAND --help\` prints the same. Results go to standard output, progress and notes to standard
error. Pictures and bundles are written whole or not at all.

| Exit status | Meaning |
| --- | --- |
| 0 | done |
| 1 | failed: one line \`error [CODE]: message\` on standard error |
| 2 | the command line is wrong: \`error [USAGE]: ...\` |
| 130, 143 | stopped by SIGINT (Ctrl-C) or SIGTERM; training runs save a checkpoint first |
`;

/** docs/cli.md: every command with its options, defaults and examples. */
export function renderReference(entries: readonly (AnyCommand | CommandGroup)[]): string {
  const commands = entries.flatMap((entry) =>
    isGroup(entry)
      ? entry.commands.map((command) => section(`v2l ${entry.name} ${command.name}`, command))
      : [section(`v2l ${entry.name}`, entry)],
  );
  const general = `## Options of every command\n\n${optionTable(GENERAL)}`;
  return [HEADER, general, ...commands].join("\n");
}

function section(name: string, command: AnyCommand): string {
  const { argument, summary, details, options, examples } = command;
  const usage = argument ? `${name} [options] ${argumentTerm(argument)}` : `${name} [options]`;
  const explained = argument ? [`\`${argumentTerm(argument)}\`: ${argument.describe}.\n`] : [];
  const shell = examples.map(([line, meaning]) => `# ${meaning}\n${line}\n`).join("");
  return [
    `## ${name}\n`,
    `${summary}${details ? ` ${details}` : ""}\n`,
    `\`\`\`\n${usage}\n\`\`\`\n`,
    ...explained,
    optionTable(options),
    `\`\`\`sh\n${shell}\`\`\`\n`,
  ].join("\n");
}

function optionTable(options: Options): string {
  const rows = Object.entries(options).map(([key, option]) => {
    const text = describeOption(option).replaceAll("|", "\\|");
    return `| \`${flags(key, option)}\` | ${text} |\n`;
  });
  return `| Option | Meaning |\n| --- | --- |\n${rows.join("")}`;
}
