import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isGroup } from "../src/command/command.js";
import { flags } from "../src/command/option.js";
import { renderReference } from "../src/command/reference.js";
import { COMMANDS } from "../src/commands/index.js";
import { v2l } from "./support.js";

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
      const { status, stdout } = await v2l([...words, "--help"]);
      assert.equal(status, 0);
      for (const [key, option] of Object.entries(command.options)) {
        assert.ok(stdout.includes(flags(key, option)), `${words.join(" ")}: ${key}\n${stdout}`);
      }
    }
  }
});
