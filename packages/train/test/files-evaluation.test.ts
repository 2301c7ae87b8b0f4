import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { V2LError } from "@v2l/nn";
import { temporaryFolder } from "@v2l/testing";
import { type CaptionedFile, tableMarkdown, type V2L, type VisualQuestion } from "v2l";
import {
  fewShotTable,
  fileCaptionsTable,
  fileQuestionsTable,
  ImageReader,
  type LanguageConfig,
  measureFewShotTasks,
  measureFileCaptions,
  measureFileQuestions,
  readAskedImages,
  readCaptionImages,
  readFewShotFolder,
  readFewShotSplits,
  summarizeFewShot,
  summarizeFileCaptions,
  summarizeFileQuestions,
} from "../src/index.js";
import { NamingFake } from "./naming-fake.js";

/** A bundle that takes the text of a file for its picture's words, and counts what it reads. */
function readingBundle() {
  const seen: string[] = [];
  const texts = new Map<Float32Array, string[]>();
  const v2l = {
    manifest: { manifestSha256: "abc", codebooks: { global: { words: 2 } } },
    embedImage: async (files: readonly string[]) => {
      seen.push(...files);
      return Promise.all(
        files.map(async (file) => {
          const text = await readFile(file, "utf8");
          const embedding = Float32Array.of(text.length, 0.1);
          texts.set(embedding, text.split(" "));
          return embedding;
        }),
      );
    },
    nearestWords: async (embeddings: readonly Float32Array[]) =>
      embeddings.map((one) => (texts.get(one) ?? ["old"]).map((word) => ({ word }))),
    embedText: async () => {
      throw new V2LError("UNSUPPORTED", "no text half");
    },
  };
  return { v2l: v2l as unknown as V2L, seen };
}

/** Files whose texts are the words of pictures. */
async function pictures(t: TestContext, words: Readonly<Record<string, string>>) {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(words)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const CONFIG: LanguageConfig = {
  split: "test",
  images: 3,
  pool: 2,
  shots: 2,
  choose: "similar",
  words: 5,
  ignore: [],
  places: 0,
  seed: 0,
};

test("an image is read once, and again when its file has changed", async (t) => {
  const folder = await pictures(t, { "a.jpg": "dog", "b.jpg": "ship sea" });
  const cache = join(folder, "cache");
  const files = ["a.jpg", "b.jpg", "a.jpg"].map((name) => join(folder, name));
  const first = readingBundle();
  const readings = await new ImageReader(first.v2l, { cache }).read(files, "images");
  assert.deepEqual(first.seen, files.slice(0, 2));
  assert.deepEqual(readings.get(files[1] as string)?.words, ["ship", "sea"]);
  await writeFile(files[1] as string, "ship sea sail");
  const second = readingBundle();
  const again = await new ImageReader(second.v2l, { cache }).read(files, "images");
  assert.deepEqual(second.seen, [files[1]]);
  assert.deepEqual(again.get(files[0] as string), readings.get(files[0] as string));
  assert.deepEqual(again.get(files[1] as string)?.words, ["ship", "sea", "sail"]);
});

async function captioned(t: TestContext) {
  const nouns = ["dog", "ship", "castle", "lemon", "drum"];
  const folder = await pictures(t, Object.fromEntries(nouns.map((noun) => [`${noun}.jpg`, noun])));
  const images = nouns.map((noun): CaptionedFile => {
    const captions = [`a ${noun}`, `this is a ${noun} here`];
    return { image: join(folder, `${noun}.jpg`), captions, split: null };
  });
  const reader = new ImageReader(readingBundle().v2l, { cache: join(folder, "cache") });
  return { images, reader };
}

test("captions of files are measured beside the controls, with examples of other files", async (t) => {
  const { images, reader } = await captioned(t);
  const chosen = await readCaptionImages(reader, images, null, CONFIG);
  assert.equal(chosen.evaluated.length, 3);
  const evaluated = chosen.evaluated.map(({ words }) => words[0]);
  const shown = chosen.pool.map(({ output }) => output.replace("a ", ""));
  assert.deepEqual(
    [...evaluated, ...shown].sort(),
    images.map(({ captions }) => captions[0]?.replace("a ", "")).sort(),
    "no image is both evaluated and shown",
  );
  const models = { llm: new NamingFake(), untrained: null };
  const run = { cache: temporaryFolder(t), identity: {} };
  const found = summarizeFileCaptions([await measureFileCaptions(chosen, models, CONFIG, run)]);
  const of = (system: string) => found.results.find((one) => one.system === system);
  // Each caption is the first reference itself.
  const own = of("language model");
  assert.deepEqual([own?.images, own?.rougeL.mean, own?.rougeL.interval.low], [3, 1, 1]);
  // Of an image that shows something else `a` is right, one word of the two of each reference: its
  // precision is 1/2 and its recall 1/2, and so is their F.
  const other = of("words of another image")?.rougeL.mean as number;
  assert.ok(Math.abs(other - 1 / 2) < 1e-12, String(other));
  assert.deepEqual(
    found.results.map(({ system }) => system),
    [
      "language model",
      "no image",
      "words of another image",
      "nearest caption, no language model",
      "the words themselves, no language model",
    ],
  );
  assert.equal(found.samples.length, 3);
  const table = tableMarkdown(fileCaptionsTable(found));
  assert.match(table, /^\| Captions by \| Images \| CIDEr-D \| BLEU-4 \| ROUGE-L \|/);
  assert.match(table, /Left out: the share of objects that are named/);
});

test("splits that the dataset tells are kept, and others may have a dataset of their own", async (t) => {
  const { images, reader } = await captioned(t);
  const splits = ["train", "test", "val", "test", "train"];
  const split = images.map((one, i) => ({ ...one, split: splits[i] as string }));
  const nounsOf = async (others: CaptionedFile[] | null, part: LanguageConfig["split"]) => {
    const config = { ...CONFIG, split: part, images: 9, pool: 9 };
    const { evaluated, pool } = await readCaptionImages(reader, split, others, config);
    return [evaluated.map(({ words }) => words[0]).sort(), pool.map(({ output }) => output).sort()];
  };
  assert.deepEqual(await nounsOf(null, "test"), [
    ["lemon", "ship"],
    ["a dog", "a drum"],
  ]);
  const others = images.slice(1, 3);
  assert.deepEqual(await nounsOf(others, "test"), [["lemon", "ship"], ["a castle"]]);
  await assert.rejects(nounsOf(null, "validation"), {
    code: "INVALID_ARGUMENT",
    message: /two images/,
  });
  await assert.rejects(nounsOf([], "test"), {
    code: "INVALID_ARGUMENT",
    message: /to show as examples/,
  });
});

test("answers are judged by what ten people said", async (t) => {
  const folder = await pictures(t, {
    "1.jpg": "dog",
    "2.jpg": "ship",
    "3.jpg": "drum",
    "4.jpg": "dog",
  });
  const ten = (answer: string, count: number) =>
    Array.from({ length: 10 }, (_, i) => (i < count ? answer : `other ${i}`));
  const ask = (file: string, yes: number): VisualQuestion => ({
    image: join(folder, file),
    question: "Is there a dog?",
    answers: ten("yes", yes),
    answer: "yes",
    answerKind: "yes/no",
    questionKind: "is there",
  });
  const questions = [ask("1.jpg", 3), ask("2.jpg", 10)];
  const pool = [ask("3.jpg", 10), ask("4.jpg", 10)];
  const reader = new ImageReader(readingBundle().v2l, { cache: join(folder, "cache") });
  const asked = await readAskedImages(reader, questions, pool, CONFIG);
  const models = { llm: new NamingFake(), untrained: null };
  const run = { cache: join(folder, "cache"), identity: {} };
  const found = summarizeFileQuestions([await measureFileQuestions(asked, models, CONFIG, run)]);
  const of = (system: string) => found.results.find((one) => one.system === system)?.overall.share;
  // Three of ten said yes: leaving each one out in turn, 3 times 2/3 and 7 times 1, over 10. Of the
  // ship it says no, and nobody did.
  assert.ok(Math.abs((of("language model") as number) - (0.9 + 0) / 2) < 1e-12);
  // It says no without words; the most frequent answer of the pool is yes.
  assert.equal(of("no image"), 0);
  assert.ok(Math.abs((of("most frequent answer") as number) - (0.9 + 1) / 2) < 1e-12);
  assert.ok(Math.abs(found.reachable - (0.9 + 1) / 2) < 1e-12);
  assert.deepEqual(
    Object.entries(found.results[0]?.kinds ?? {}).map(([kind, { of: count }]) => [kind, count]),
    [
      ["yes/no", 2],
      ["number", 0],
      ["other", 0],
    ],
  );
  const table = tableMarkdown(fileQuestionsTable(found));
  assert.match(table, /^\| Answers by \| yes\/no \| number \| other \| All questions \|/);
  assert.match(table, /\| questions \| 2 \| 0 \| 0 \| 2 \|/);
});

const ANIMALS = Object.fromEntries(
  ["n1", "n2"].flatMap((folder) =>
    Array.from({ length: 8 }, (_, i) => [`data/${folder}/${i}.jpg`, `${folder} word${i}`]),
  ),
);

test("folders of classes become a set, a few images of each, under their names", async (t) => {
  const folder = await pictures(t, { ...ANIMALS, "names.json": '{"n1":"tench","n2":"goldfish"}' });
  const { v2l } = readingBundle();
  const reader = new ImageReader(v2l, { cache: join(folder, "cache") });
  const files = { data: join(folder, "data"), names: join(folder, "names.json") };
  const reading = { v2l, reader, localCodebook: null };
  const [set] = await readFewShotFolder(reading, files, { images: 6, seed: 0 });
  assert.equal(set?.name, "data");
  const outputs = set?.sources[0]?.support.map(({ output }) => output) ?? [];
  assert.deepEqual([...outputs].sort(), [
    ...Array.from({ length: 6 }, () => "goldfish"),
    ...Array.from({ length: 6 }, () => "tench"),
  ]);
  assert.deepEqual(await readFewShotFolder(reading, files, { images: 6, seed: 0 }), [set]);
});

test("official splits become rows of their own, with the columns that can be measured", async (t) => {
  const lines = ["n1/0.jpg,n2/0.jpg,n2/1.jpg,", "n2/2.jpg,n1/3.jpg,n1/4.jpg,"];
  const folder = await pictures(t, {
    ...ANIMALS,
    "2_way_1_shot.csv": lines.join("\n"),
    "mixed.csv": `${lines[0]}\nn1/0.jpg,n1/1.jpg,n2/0.jpg,n2/1.jpg,n2/2.jpg,`,
    "one.csv": lines[0] as string,
  });
  const { v2l } = readingBundle();
  const reader = new ImageReader(v2l, { cache: join(folder, "cache") });
  const reading = { v2l, reader, localCodebook: null };
  const split = (name: string, count = 9) =>
    readFewShotSplits(reading, { data: join(folder, "data") }, [join(folder, name)], count);
  const [task] = await split("2_way_1_shot.csv");
  assert.deepEqual([task?.set, task?.ways, task?.shots], ["2_way_1_shot.csv", 2, 1]);
  const [episode] = task?.episodes ?? [];
  assert.deepEqual(
    episode?.queries.map(({ output, words }) => [output, words]),
    [["n2", ["n2", "word1"]]],
  );
  assert.equal(task?.donors.length, 6);
  assert.equal((await split("2_way_1_shot.csv", 1))[0]?.episodes.length, 1);
  await assert.rejects(split("mixed.csv"), {
    code: "INVALID_ARGUMENT",
    message: /2-way 1-shot episodes/,
  });

  const options = {
    episodes: 9,
    seed: 0,
    setting: { words: 2, ignore: [], repeats: 0, instruction: true, protocol: "likelihood" },
    cache: join(folder, "cache"),
    identity: {},
  } as const;
  const models = { llm: new NamingFake(), untrained: null };
  const tasks = [task, ...(await split("one.csv"))].filter((one) => one !== undefined);
  const parts = await measureFewShotTasks(v2l, models, tasks, options);
  const [row, small] = summarizeFewShot([parts]);
  const systems = row?.systems.map(({ system }) => system);
  assert.deepEqual(systems, [
    "language model",
    "invented names",
    "shuffled words",
    "no words",
    "word overlap",
  ]);
  // The query shares its class's word with one support image.
  assert.equal(row?.systems.at(-1)?.accuracy, 1);
  assert.ok(small?.systems.every(({ system }) => system !== "shuffled words"));
  const table = tableMarkdown(fewShotTable([row, small].filter((one) => one !== undefined)));
  assert.match(table, /\| 2_way_1_shot\.csv, 2-way 1-shot \| /);
  assert.match(
    table,
    /Left out: shuffled words\..*\nLeft out: CLIP text\. The bundle has no text half/,
  );
});
