import type { AnyCommand } from "./command.js";
import { longFlag } from "./option.js";
import { ASIDE } from "./shared-options.js";

/**
 * The command line that gives the same result: without what is at its default, and without what decides
 * nothing about the result, see {@link ASIDE}.
 * @param path `v2l eval caption`
 * @param values of the command's options
 */
export function commandLine(
  path: string,
  { options }: AnyCommand,
  args: readonly string[],
  values: Readonly<Record<string, unknown>>,
): string {
  const words = Object.entries(options).flatMap(([key, { initial }]) => {
    const value = values[key];
    if (ASIDE.has(key) || JSON.stringify(value) === JSON.stringify(initial)) return [];
    if (value === true) return [longFlag(key)];
    return [value].flat().flatMap((one) => [longFlag(key), quoted(String(one))]);
  });
  return [path, ...args.map(quoted), ...words].join(" ");
}

/** A word as a POSIX shell reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
