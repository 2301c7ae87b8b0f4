import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnyCommand, type CommandGroup, isGroup } from "../src/command/command.js";
import { createProgram } from "../src/command/program.js";
import { COMMANDS } from "../src/commands/index.js";
import { MANUAL_FILES } from "../src/presets/paper-files.js";
import { PAPER_TABLES } from "../src/presets/paper-tables.js";
import { inProcess } from "./support.js";

/** Parses a command line by the real parser, with commands that do nothing. @returns what ran, with what */
async function parsed(line: string) {
  const ran: { name: string; args: readonly string[]; options: Record<string, unknown> }[] = [];
  const idle = (command: AnyCommand): AnyCommand => ({
    ...command,
    run: async ({ args, options }) => void ran.push({ name: command.name, args, options }),
  });
  const entries = COMMANDS.map((entry): AnyCommand | CommandGroup => {
    return isGroup(entry) ? { ...entry, commands: entry.commands.map(idle) } : idle(entry);
  });
  const sink = { write: () => true };
  const begin = () => new AbortController().signal;
  const program = createProgram(entries, { stdout: sink, stderr: sink, version: "0.0.0", begin });
  const [name, ...words] = line.split(" ");
  assert.equal(name, "v2l");
  await program.parseAsync(words, { from: "user" });
  return ran;
}

test("every command of the paper's tables is one that the command line takes", async () => {
  const commands = PAPER_TABLES.flatMap(({ rows }) => rows.map(({ command }) => command));
  const lines = commands.filter((command) => command !== null);
  assert.ok(lines.length >= 15);
  for (const line of lines) assert.equal((await parsed(line)).length, 1, line);
  const [call] = await parsed(lines.find((line) => line.includes("eval fewshot")) ?? "");
  const { annotations, words, protocol } = call?.options ?? {};
  assert.ok(Array.isArray(annotations) && annotations.length === 6);
  assert.deepEqual([words, protocol], [5, "paper"]);
  await assert.rejects(parsed("v2l eval fewshot --way 5"), { code: "USAGE" });
});

test("what is said to be needed is named by a command", () => {
  for (const { inputs, rows } of PAPER_TABLES) {
    const lines = rows.map(({ command }) => command ?? "").join(" ");
    for (const input of inputs) {
      const names = (input.split(":")[0] as string).split(", ");
      for (const name of names) assert.ok(lines.includes(name), name);
    }
  }
  assert.ok(MANUAL_FILES.every(({ where }) => URL.canParse(where)));
});

test("eval paper lists tables with published numbers, and says where there are none", async () => {
  const { stdout } = await inProcess(["eval", "paper"]);
  // Table of reconstruction: 3.41 against VQ-GAN's 5.48.
  assert.match(
    stdout,
    /\| V2L Tokenizer \| `v2l eval reconstruction imagenet [^|]*` \| FID 3\.41 \|/,
  );
  assert.match(stdout, /\| VQ-GAN, for comparison \| none \| FID 5\.48 \|/);
  assert.match(stdout, /\| inpainting \| `v2l eval restore [^|]*` \| not known here \|/);
  const { tables } = JSON.parse((await inProcess(["eval", "paper", "--json"])).stdout);
  assert.deepEqual(tables, JSON.parse(JSON.stringify(PAPER_TABLES)));
});
