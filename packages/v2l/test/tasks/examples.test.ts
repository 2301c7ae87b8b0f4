import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { rejects } from "@v2l/testing";
import {
  describeExamples,
  type ExampleKind,
  readClassNames,
  readImageExamples,
  readOfficialSplit,
  savePng,
} from "v2l";
import { temporaryFolder } from "../temporary-folder.js";
import { loadParts, picture } from "../v2l/tiny-v2l.js";

async function file(t: TestContext, name: string, content: string) {
  const folder = temporaryFolder(t);
  const path = join(folder, name);
  await writeFile(path, content);
  return { folder, path };
}

test("captions are read from CSV and JSONL, paths relative to the table", async (t) => {
  const csv = '\ufefffile,caption\na.png,"a dog, and a ""cat"""\nmore/b.png, two boats \n\n';
  const { folder, path } = await file(t, "captions.csv", csv);
  const expected = [
    { image: join(folder, "a.png"), output: 'a dog, and a "cat"' },
    { image: join(folder, "more/b.png"), output: "two boats" },
  ];
  assert.deepEqual(await readImageExamples(path, "caption"), expected);
  assert.deepEqual(await readImageExamples(folder, "caption"), expected, "the folder's only table");
  const lines = expected.map(({ image, output }) => JSON.stringify({ image, caption: output }));
  const other = await file(t, "x.jsonl", `${lines.join("\n")}\n\n`);
  assert.deepEqual(await readImageExamples(other.path, "caption"), expected);
});

test("answers are read one to a line, or several from a list", async (t) => {
  const csv = "file,question,answer\na.png,What is it?,a dog\n";
  const one = await file(t, "qa.csv", csv);
  assert.deepEqual(await readImageExamples(one.path, "answer"), [
    { image: join(one.folder, "a.png"), question: "What is it?", output: "a dog" },
  ]);
  const questions = [
    { kind: "what", question: "What?", answer: "a cat" },
    { kind: "color", question: "Color?", answer: "red" },
  ];
  const many = await file(t, "scenes.jsonl", JSON.stringify({ image: "b.png", questions }));
  assert.deepEqual(
    (await readImageExamples(many.folder, "answer")).map(({ question, output }) => [
      question,
      output,
    ]),
    [
      ["What?", "a cat"],
      ["Color?", "red"],
    ],
  );
});

test("labels are read from a mini-ImageNet CSV, or from one folder for each class", async (t) => {
  const csv = "filename,label\nn0153282900000005.jpg,n01532829\nn0153282900000006.jpg,n01532829\n";
  const { folder, path } = await file(t, "test.csv", csv);
  assert.deepEqual(await readImageExamples(path, "label"), [
    { image: join(folder, "n0153282900000005.jpg"), output: "n01532829" },
    { image: join(folder, "n0153282900000006.jpg"), output: "n01532829" },
  ]);
  const root = temporaryFolder(t);
  for (const name of ["dog/2.png", "dog/1.JPG", "cat/a.webp", "dog/readme.txt"]) {
    await mkdir(join(root, name, ".."), { recursive: true });
    await writeFile(join(root, name), "");
  }
  const found = await readImageExamples(root, "label");
  assert.deepEqual(
    found.map(({ image, output }) => [image.slice(root.length + 1), output]),
    [
      ["cat/a.webp", "cat"],
      ["dog/1.JPG", "dog"],
      ["dog/2.png", "dog"],
    ],
  );
});

test("bad tables are refused with file and line", async (t) => {
  const cases: [string, string, ExampleKind, string][] = [
    ["a.csv", "file,caption\na.png,one\nb.png\n", "caption", "line 3"],
    ["b.csv", "file,text\na.png,one\n", "caption", "b.csv, line 2` but received none"],
    ["c.csv", "picture,caption\na.png,one\n", "caption", "a field `image`"],
    ["d.csv", 'file,caption\na.png,"one\n', "caption", "d.csv"],
    ["e.csv", "", "caption", "at least one example"],
    ["f.jsonl", '{"image":"a","caption":"b"}\n[1]\n', "caption", "f.jsonl, line 2"],
    ["g.jsonl", '{"image":"a","caption":\n', "caption", "g.jsonl, line 1"],
    ["h.jsonl", '{"image":"a","caption":7}\n', "caption", "but received 7"],
    ["i.jsonl", '{"image":"a","questions":[{"question":"b"}]}\n', "answer", "`answer`"],
    ["j.csv", "file,question,answer\na.png,What?,\n", "answer", "j.csv, line 2"],
  ];
  for (const [name, content, kind, part] of cases) {
    const { path } = await file(t, name, content);
    await rejects(readImageExamples(path, kind), "INVALID_ARGUMENT", part);
  }
  await rejects(readImageExamples("/nowhere/x.csv", "label"), "FILE_NOT_FOUND", "/nowhere");
  const { folder } = await file(t, "a.csv", "");
  await rejects(readImageExamples(temporaryFolder(t), "caption"), "INVALID_ARGUMENT", "table");
  await rejects(readImageExamples(temporaryFolder(t), "label"), "INVALID_ARGUMENT", "example");
  await writeFile(join(folder, "b.jsonl"), "");
  await rejects(readImageExamples(folder, "label"), "INVALID_ARGUMENT", "a.csv, b.jsonl");
});

test("the official splits are read: a line is an episode, its last image the query", async (t) => {
  // Two classes, two shots, as the official reader splits lines: a comma behind every image.
  const line = "n01/a.JPEG,n02/b.JPEG,n01/c.JPEG,n02/d.JPEG,n02/q.JPEG,\n";
  const { path } = await file(t, "2_way_2_shot.csv", `${line}${line.replace(",\n", "\r\n")}`);
  const names = await readClassNames(
    (await file(t, "index.json", '{"0": ["n01", "tench"], "1": ["n02", "great_white_shark"]}'))
      .path,
  );
  const [first, second, ...more] = await readOfficialSplit(path, { root: "/data", names });
  assert.deepEqual(first, {
    classes: ["tench", "great_white_shark"],
    support: [
      { image: "/data/n01/a.JPEG", output: "tench" },
      { image: "/data/n02/b.JPEG", output: "great_white_shark" },
      { image: "/data/n01/c.JPEG", output: "tench" },
      { image: "/data/n02/d.JPEG", output: "great_white_shark" },
    ],
    queries: [{ image: "/data/n02/q.JPEG", output: "great_white_shark" }],
  });
  assert.deepEqual([second, more], [first, []]);
  const [plain] = await readOfficialSplit(path);
  assert.deepEqual(plain?.classes, ["n01", "n02"]);
  assert.equal(plain?.queries[0]?.image, "n02/q.JPEG");
  const map = await file(t, "names.json", '{"n01": "tench", "n02": "goldfish"}');
  assert.equal((await readClassNames(map.path)).get("n02"), "goldfish");
});

test("damaged splits are refused with the line", async (t) => {
  const good = "a/1.png,b/2.png,a/3.png,\n";
  const refused = async (line: string, part: string, names?: Map<string, string>) => {
    const { path } = await file(t, "split.csv", `${good}${line}`);
    const promise = readOfficialSplit(path, names ? { names } : {});
    await rejects(promise, "INVALID_ARGUMENT", part);
  };
  await refused("a/1.png,b/2.png,c/3.png,\n", "split.csv, line 2");
  await refused("a/1.png,a/4.png,b/2.png,a/3.png,\n", "a 2, b 1");
  await refused("a.png,b/2.png,\n", '"a.png"');
  await refused("a/1.png,,b/2.png,a/3.png,\n", '""');
  await refused("", "line 1` but received b", new Map([["a", "x"]]));
  const { path } = await file(t, "empty.csv", "\n");
  await rejects(readOfficialSplit(path), "INVALID_ARGUMENT", "episode");
  const bad = await file(t, "names.json", '{"a": 1}');
  await rejects(readClassNames(bad.path), "INVALID_ARGUMENT", "names.json, a");
  await writeFile(bad.path, "{");
  await rejects(readClassNames(bad.path), "INVALID_ARGUMENT", "JSON");
});

test("examples get the words of their images", async (t) => {
  const folder = temporaryFolder(t);
  const v2l = await loadParts(join(folder, "bundle"));
  t.after(() => v2l.dispose());
  const images = [1, 2].map((n) => join(folder, `${n}.png`));
  for (const [n, path] of images.entries()) await savePng(path, picture(20, 20, n));
  const [a = "", b = ""] = images;
  const entries = [
    { image: a, question: "p", output: "x" },
    { image: b, question: "p", output: "y" },
    { image: a, question: "q", output: "z" },
  ];
  const examples = await describeExamples(v2l, entries);
  const words = async (path: string) => {
    return (await v2l.encode(path)).globalTokens.map(({ word }) => word);
  };
  assert.deepEqual(examples, [
    { ...entries[0], words: await words(a), places: [] },
    { ...entries[1], words: await words(b), places: [] },
    { ...entries[2], words: await words(a), places: [] },
  ]);
});
