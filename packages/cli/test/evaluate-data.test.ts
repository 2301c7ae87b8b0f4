import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { inProcess, picture, temporaryFolder, tinyBundle } from "./support.js";
import { TINY_PIECES, tinyLlama } from "./tiny-llama.js";

/** A bundle, a language model, and six pictures with COCO's names in two folders of classes. */
async function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"), TINY_PIECES);
  const llm = await tinyLlama(join(folder, "tiny.gguf"));
  const data = join(folder, "images");
  for (const id of [1, 2, 3, 4, 5, 6]) {
    const place = join(data, id % 2 ? "n1" : "n2");
    await mkdir(place, { recursive: true });
    await picture(join(place, `COCO_val2014_00000000000${id}.png`), id);
  }
  const write = async (name: string, content: unknown) => {
    const path = join(folder, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const given = ["--bundle", bundle, "--llm", llm, "--threads", "1", "--quiet"];
  const cache = ["--cache", join(folder, "cache")];
  return { data, write, given: [...given, ...cache, "--data", data] };
}

/** Merged shards print what the whole does. */
async function assertMerges(words: readonly string[], folder: string, whole: string) {
  for (const shard of ["1/2", "2/2"]) {
    await inProcess([...words, "--shard", shard, "--out", folder]);
  }
  const files = readdirSync(folder).map((file) => join(folder, file));
  assert.equal((await inProcess(["eval", "merge", ...files, "--json"])).stdout, whole);
}

const fileOf = (id: number) => `n${id % 2 ? 1 : 2}/COCO_val2014_00000000000${id}.png`;

test("eval fewshot measures folders of classes and official splits", async (t) => {
  const { data, write, given } = await setUp(t);
  const names = await write("names.json", { n1: "cat", n2: "dog" });
  const split = await write(
    "2_way_1_shot.csv",
    `${[1, 2, 3].map(fileOf).join(",")},\n${[4, 5, 6].map(fileOf).join(",")},\n`,
  );
  const words = ["eval", "fewshot", ...given, "--words", "2", "--names", names];
  const { stdout } = await inProcess([...words, "--annotations", split, "--json"]);
  const value = JSON.parse(stdout);
  assert.deepEqual([value.config.data, value.config.annotations], [data, [split]]);
  const [row] = value.rows;
  assert.deepEqual([row.set, row.ways, row.shots, row.chance], ["2_way_1_shot.csv", 2, 1, 0.5]);
  assert.deepEqual(
    row.systems.map(({ system }: { system: string }) => system),
    [
      "language model",
      "invented names",
      "shuffled words",
      "no words",
      "word overlap",
      "random weights",
    ],
  );
  assert.equal(row.systems[0].outcomes.length, 2);
  const table = await inProcess([...words, "--annotations", split]);
  assert.match(table.stdout, /^\| Episodes \| language model \|/);
  assert.match(table.stdout, /\nLeft out: CLIP text\./);
  // Five classes are asked for, and the folder has two.
  await assert.rejects(inProcess(words), { code: "INVALID_ARGUMENT", message: /5 classes/ });
});

test("eval caption measures COCO's captions", async (t) => {
  const { data, write, given } = await setUp(t);
  const ids = [1, 2, 3, 4, 5, 6, 7];
  const annotations = await write("captions.json", {
    images: ids.map((id) => ({ id, file_name: `COCO_val2014_00000000000${id}.png` })),
    annotations: ids.flatMap((id) => {
      return ["a cat", `picture ${id}`].map((caption) => ({ image_id: id, caption }));
    }),
  });
  const words = ["eval", "caption", ...given, "--annotations", annotations];
  const small = ["--images", "2", "--pool", "3", "--shots", "1", "--words", "2"];
  const whole = await inProcess([...words, ...small, "--json"]);
  await assertMerges([...words, ...small], join(data, "../parts"), whole.stdout);
  const value = JSON.parse(whole.stdout);
  assert.deepEqual([value.config.data, value.config.annotations], [data, annotations]);
  assert.equal(value.results.length, 7);
  assert.ok(value.results.every(({ images }: { images: number }) => images === 2));
  assert.equal(value.samples[0].references.length, 2);
  const { stdout } = await inProcess([...words, ...small]);
  assert.match(stdout, /^\| Captions by \| Images \| CIDEr-D \|/);
});

test("eval vqa measures VQA's answers", async (t) => {
  const { data, write, given } = await setUp(t);
  const ids = [1, 2, 3, 4, 5, 6];
  const questions = await write("questions.json", {
    questions: ids.map((id) => ({ question_id: id, image_id: id, question: "What is it?" })),
  });
  const annotations = await write("annotations.json", {
    annotations: ids.map((id) => ({
      question_id: id,
      question_type: "what is",
      answer_type: "other",
      multiple_choice_answer: "cat",
      answers: Array.from({ length: 10 }, () => ({ answer: "cat" })),
    })),
  });
  const files = ["--questions", questions, "--annotations", annotations];
  const small = ["--images", "2", "--pool", "3", "--shots", "1", "--words", "2"];
  const words = ["eval", "vqa", ...given, ...files, ...small];
  const whole = await inProcess([...words, "--json"]);
  await assertMerges(words, join(data, "../parts"), whole.stdout);
  const value = JSON.parse(whole.stdout);
  const frequent = value.results.find(
    ({ system }: { system: string }) => system === "most frequent answer",
  );
  assert.deepEqual([frequent.overall.share, frequent.overall.of], [1, 2]);
  assert.match((await inProcess(words)).stdout, /^\| Answers by \| yes\/no \| number \| other \|/);
});

test("eval restore measures a folder, with references from the rest of it", async (t) => {
  const { given } = await setUp(t);
  const small = ["--images", "2", "--random-images", "0", "--references", "2"];
  const words = ["eval", "restore", ...given, ...small, "--task", "deblur", "--protocol", "paper"];
  const value = JSON.parse((await inProcess([...words, "--json"])).stdout);
  assert.ok(value.rows.length > 3);
  assert.ok(value.rows.every(({ images }: { images: number }) => images === 2));
  const tooMany = inProcess([...words, "--images", "7"]);
  await assert.rejects(tooMany, { code: "INVALID_ARGUMENT", message: /at least 7 pictures/ });
  const noneLeft = inProcess([...words, "--images", "5"]);
  await assert.rejects(noneLeft, { code: "INVALID_ARGUMENT", message: /2 more pictures/ });
});

test("options about images of the disk come together", async () => {
  const refused = (words: string[], message: RegExp) =>
    assert.rejects(inProcess(["eval", ...words]), { code: "USAGE", message });
  await refused(
    ["caption", "--data", "a"],
    /`--data` and `--annotations` together .* `--annotations`/,
  );
  await refused(["vqa", "--data", "a", "--annotations", "b"], /none for `--questions`/);
  await refused(["caption", "--pool-data", "a"], /Expected `--data` beside `--pool-data`/);
  await refused(["fewshot", "--annotations", "a.csv"], /Expected `--data` beside `--annotations`/);
  await refused(["restore", "--pool-data", "a"], /Expected `--data` beside `--pool-data`/);
  const both = ["fewshot", "--data", "a", "--annotations", "b", "--observations"];
  await refused(both, /`--observations` or `--annotations`/);
});
