import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isGroup } from "../src/command/command.js";
import { flags } from "../src/command/option.js";
import { createProgram } from "../src/command/program.js";
import { renderReference } from "../src/command/reference.js";
import { COMMANDS } from "../src/commands/index.js";

test("docs/cli.md is made from the commands", () => {
  const file = new URL("../../../../docs/cli.md", import.meta.url);
  const remedy = "run `npm run docs` and commit the file";
  assert.equal(readFileSync(file, "utf8"), renderReference(COMMANDS), remedy);
});

test("the help of every command names its options", async () => {
  for (const entry of COMMANDS) {
    const group = isGroup(entry);
    for (const command of group ? entry.commands : [entry]) {
      const words = group ? [entry.name, command.name] : [command.name];
      const help = await helpOf(words);
      for (const [key, option] of Object.entries(command.options)) {
        assert.ok(help.includes(flags(key, option)), `${words.join(" ")}: ${key}\n${help}`);
      }
    }
  }
});

/** What the parser prints for `--help`. */
async function helpOf(words: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const stdout = { write: (text: unknown) => printed.push(String(text)) > 0 };
  const begin = () => new AbortController().signal;
  const program = createProgram(COMMANDS, { stdout, stderr: stdout, version: "0.0.0", begin });
  await assert.rejects(program.parseAsync([...words, "--help"], { from: "user" }), {
    code: "commander.helpDisplayed",
  });
  return printed.join("");
}
