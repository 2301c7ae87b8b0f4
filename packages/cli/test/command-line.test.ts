import assert from "node:assert/strict";
import { test } from "node:test";
import { type Call, defineCommand } from "../src/command/command.js";
import { flag, integerOr, text, texts } from "../src/command/option.js";
import { createProgram } from "../src/command/program.js";
import { CACHE, DIVIDED, SESSION } from "../src/command/shared-options.js";

/** The line that a command is called with. */
async function lineOf(...words: string[]): Promise<string> {
  let line = "";
  const options = {
    ...SESSION,
    ...DIVIDED,
    cache: CACHE,
    images: integerOr("", "count", 5, 1),
    poolData: text("", "folder"),
    annotations: texts("", "file"),
    bare: flag(""),
  };
  const command = defineCommand({
    name: "try",
    summary: "",
    argument: { name: "file", describe: "", required: false, many: true },
    options,
    examples: [],
    run: async (call: Call<typeof options>) => {
      line = call.line;
    },
  });
  const nowhere = { write: () => true };
  const begin = () => new AbortController().signal;
  const streams = { stdout: nowhere, stderr: nowhere, version: "0.0.0", begin };
  const group = { name: "eval", summary: "", commands: [command] };
  await createProgram([group], streams).parseAsync(["eval", "try", ...words], { from: "user" });
  return line;
}

test("a command line tells what decides the result, and nothing else", async () => {
  assert.equal(await lineOf(), "v2l eval try");
  const aside = ["--threads", "2", "--cache", "c", "--out", "o", "--shard", "1/2", "--fresh"];
  assert.equal(await lineOf(...aside, "--json", "--images", "5"), "v2l eval try");
  assert.equal(
    await lineOf("a.png", "--bare", "--images", "6", "--annotations", "x", "--annotations", "y"),
    "v2l eval try a.png --images 6 --annotations x --annotations y --bare",
  );
});

test("words that a shell would take apart are quoted", async () => {
  // POSIX: a quote inside quotes is '\''.
  assert.equal(
    await lineOf("it's a.png", "--pool-data", "$HOME"),
    "v2l eval try 'it'\\''s a.png' --pool-data '$HOME'",
  );
});
