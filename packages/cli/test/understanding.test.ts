import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openEmbedded } from "@v2l/llm";
import sharp from "sharp";
import {
  caption,
  classify,
  describeExamples,
  describeVideo,
  nearestExamples,
  readImageExamples,
  readImages,
  V2L,
} from "v2l";
import { errorCode, errorLine } from "../src/command/errors.js";
import { inProcess, picture, temporaryFolder, tinyBundle } from "./support.js";
import { tinyLlama } from "./tiny-llama.js";

/** A bundle and a language model of random weights, two classes of two images, and a table of them. */
async function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const llm = await tinyLlama(join(folder, "tiny.gguf"));
  const animals = join(folder, "animals");
  const images: string[] = [];
  for (const [seed, name] of ["cat/1", "cat/2", "dog/1", "dog/2"].entries()) {
    await mkdir(join(animals, name, ".."), { recursive: true });
    images.push(await picture(join(animals, `${name}.png`), seed + 1));
  }
  const query = await picture(join(folder, "query.png"), 9);
  const table = join(folder, "scenes.jsonl");
  const lines = images.map((image, i) => {
    const questions = [{ question: "What is it?", answer: i < 2 ? "a cat" : "a dog" }];
    return JSON.stringify({ image, caption: `picture ${i}`, questions });
  });
  await writeFile(table, lines.join("\n"));
  const given = ["--bundle", bundle, "--threads", "1", "--llm", llm, "--quiet"];
  return { folder, bundle, llm, animals, images, query, table, given };
}

/** The same two by the library. */
async function library(t: TestContext, bundle: string, llm: string) {
  const tokenizer = await V2L.load(bundle, { threads: 1 });
  const model = await openEmbedded(llm, { threads: 1 });
  t.after(async () => {
    await tokenizer.dispose();
    await model.close();
  });
  return { tokenizer, model };
}

/** Runs a command line and returns what it printed. */
async function succeeds(words: readonly string[]): Promise<string> {
  const printed = await inProcess(words);
  assert.equal(printed.stderr, "");
  return printed.stdout;
}

test("classify prints the library's probabilities and the exact prompt", async (t) => {
  const { bundle, llm, animals, query, given } = await setUp(t);
  const { tokenizer, model } = await library(t, bundle, llm);
  const examples = await describeExamples(tokenizer, await readImageExamples(animals, "label"));
  const words = (await tokenizer.describe(query)).map(({ word }) => word);
  const task = { classes: ["cat", "dog"], examples, query: words };
  const [result] = await classify(model, [task], { words: 2 });
  const both = [...(result?.choices ?? [])].sort((a, b) => b.probability - a.probability);
  const line = both.map((one) => `${one.text} ${(100 * one.probability).toFixed(1)}%`).join(", ");
  const asked = ["classify", query, "--examples", animals, "--words", "2", ...given];
  assert.equal(await succeeds(asked), `${line}\n`);
  assert.equal(await succeeds([...asked, "--show-prompt"]), `${result?.prompt.text}\n${line}\n`);
  const json = JSON.parse(await succeeds([...asked, "--json", "--show-prompt"]));
  assert.deepEqual(json.prompt, result?.prompt);
  assert.deepEqual([json.image, json.words, json.label], [query, words, result?.label]);
  const several = await succeeds([
    "classify",
    query,
    animals,
    "--class",
    "a",
    "--class",
    "b",
    ...given,
  ]);
  assert.equal(several.split("\n").length, 6);
  assert.ok(several.startsWith(`${query}\t`));
});

test("classify draws its shots by the seed and knows the paper's protocol", async (t) => {
  const { animals, query, given } = await setUp(t);
  const promptOf = async (...words: string[]) => {
    const all = ["classify", query, "--examples", animals, "--json", "--show-prompt", ...given];
    return JSON.parse(await succeeds([...all, ...words])).prompt.text as string;
  };
  const shots = (text: string) => [...text.matchAll(/^Input: (.*) Output: (\w+)$/gm)];
  const drawn = await promptOf("--shots", "1", "--seed", "1");
  assert.deepEqual(
    shots(drawn)
      .map(([, , label]) => label)
      .sort(),
    ["cat", "dog"],
  );
  assert.equal(await promptOf("--shots", "1", "--seed", "1"), drawn);
  const others = [await promptOf("--shots", "1", "--seed", "2"), await promptOf("--shots", "1")];
  assert.ok(others.some((text) => text !== drawn));
  const bare = await promptOf("--bare", "--repeats", "1");
  assert.match(bare, /^Input: /);
  assert.equal(shots(bare).length, 8);
  assert.match(
    await promptOf("--protocol", "paper"),
    /is one of \['cat' or \['dog'\]\n###\nInput: < /,
  );
});

test("caption shows the examples with the most similar words and prints the model's text", async (t) => {
  const { bundle, llm, query, table, given } = await setUp(t);
  const { tokenizer, model } = await library(t, bundle, llm);
  const known = await readImageExamples(table, "caption");
  const examples = await describeExamples(tokenizer, known, { places: 4 });
  const [read] = await readImages(tokenizer, [query], { places: 4 });
  const { words = [], places = [] } = read ?? {};
  const task = { examples: nearestExamples(examples, { words }, 2), query: words, places };
  const [result] = await caption(model, [task], { words: 5, maxTokens: 6 });
  const asked = ["caption", query, "--examples", table, "--shots", "2", "--max-tokens", "6"];
  const json = JSON.parse(await succeeds([...asked, "--json", "--show-prompt", ...given]));
  assert.deepEqual(json.prompt, result?.prompt);
  assert.deepEqual([json.text, json.tokens, json.end], [result?.text, result?.tokens, result?.end]);
  const first = await succeeds([...asked, "--choose", "first", "--show-prompt", ...given]);
  assert.match(first, /Caption: picture 0\nInput: .* Caption: picture 1\nInput: .* Caption:\n/);
});

test("ask answers from a list with probabilities, or in the model's words", async (t) => {
  const { query, table, given } = await setUp(t);
  const asked = ["ask", query, "--question", "What is it?", "--examples", table, ...given];
  const chosen = await succeeds([...asked, "--answer", "a cat", "--answer", "a dog"]);
  assert.match(chosen, /^a (cat|dog) \d+\.\d%, a (cat|dog) \d+\.\d%\n$/);
  const open = JSON.parse(
    await succeeds([...asked, "--max-tokens", "4", "--json", "--show-prompt"]),
  );
  assert.ok(open.prompt.text.endsWith("Question: What is it? Answer:"));
  assert.equal(open.prompt.text.match(/Answer: a (cat|dog)\n/g).length, 4);
  assert.ok(open.tokens.length <= 4);
});

test("a video is read frame by frame and answered as a whole", async (t) => {
  const { folder, bundle, llm, images, given } = await setUp(t);
  const frames = images.map((image) => sharp(image).resize(24, 24).removeAlpha().raw().toBuffer());
  const strip = Buffer.concat(await Promise.all(frames));
  const raw = { width: 24, height: 24 * 4, channels: 3, pageHeight: 24 } as const;
  const clip = join(folder, "clip.webp");
  await sharp(strip, { raw }).webp({ lossless: true }).toFile(clip);
  const { tokenizer } = await library(t, bundle, llm);
  const asked = ["caption", clip, "--video", "--max-tokens", "2", "--json", ...given];
  const { words, frames: read } = JSON.parse(await succeeds(asked));
  assert.deepEqual({ words, frames: read }, await describeVideo(tokenizer, clip));
  assert.equal(read.length, 4);
});

test("what is missing is said with its remedy", async (t) => {
  const { folder, bundle, query, table, given } = await setUp(t);
  const refused = async (words: readonly string[], code: string, ...parts: readonly string[]) => {
    await assert.rejects(succeeds(words), (error) => {
      assert.equal(errorCode(error), code, errorLine(error));
      for (const part of parts) assert.ok(errorLine(error).includes(part), errorLine(error));
      return true;
    });
  };
  const without = ["caption", query, "--bundle", bundle, "--threads", "1"];
  await refused(without, "FILE_NOT_FOUND", "`--llm`", "GGUF file");
  await refused([...without, "--llm", join(folder, "none.gguf")], "FILE_NOT_FOUND", "none.gguf");
  await refused([...without, "--llm", query], "MODEL_UNREADABLE");
  await refused([...without, "--llm", "http://127.0.0.1:9"], "INVALID_ARGUMENT", "vocabulary");
  await refused(["classify", query, ...given], "USAGE", "`--examples` or `--class`");
  await refused(["classify", query, "--examples", table, ...given], "INVALID_ARGUMENT", "line 1");
  await refused(["caption", query, "--temperature", "-1", ...given], "USAGE", "from 0 to 10");
});
