import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ErrorCode } from "@v2l/nn";
import { rejects, temporaryFolder } from "@v2l/testing";
import { ImageFolder, readCaptions, readVisualQuestions } from "v2l";

/** A folder of files by their paths; a value that is no text becomes JSON. Pictures are never opened here. */
async function folderOf(t: TestContext, files: Record<string, unknown>) {
  const folder = temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await writeFile(join(folder, name), text);
  }
  return (name: string) => join(folder, name);
}

const PICTURES = {
  "val2014/COCO_val2014_000000000042.jpg": "",
  "val2014/COCO_val2014_000000000073.jpg": "",
};

const COCO = {
  info: { year: 2014, description: 'a "brace" { in a text' },
  annotations: [
    { id: 1, image_id: 42, caption: "A man on a wave." },
    { id: 2, image_id: 73, caption: "A motorbike parked inside." },
    { id: 3, image_id: 42, caption: "Someone surfs." },
    { id: 4, image_id: 99, caption: "Of an image that is not here." },
  ],
  images: [
    { id: 73, file_name: "COCO_val2014_000000000073.jpg", license: 2 },
    { id: 42, file_name: "COCO_val2014_000000000042.jpg" },
    { id: 99, file_name: "COCO_val2014_000000000099.jpg" },
    { id: 100, file_name: "without_captions.jpg" },
  ],
};

test("COCO's captions belong to their images, whatever comes first in the file", async (t) => {
  const at = await folderOf(t, { ...PICTURES, "captions.json": COCO });
  const read = await readCaptions(at("captions.json"), await ImageFolder.open(at("val2014")));
  const [first, second] = Object.keys(PICTURES).map(at);
  assert.deepEqual(read, {
    images: [
      { image: second, captions: ["A motorbike parked inside."], split: null },
      { image: first, captions: ["A man on a wave.", "Someone surfs."], split: null },
    ],
    missing: 1,
  });
});

test("Karpathy's file has splits, and its folder may be above or below", async (t) => {
  const image = (filename: string, split: string) => ({
    filepath: "val2014",
    filename,
    split,
    sentences: [{ raw: "One.", tokens: ["one"] }, { raw: "Two." }],
  });
  const images = [
    image("COCO_val2014_000000000042.jpg", "test"),
    image("COCO_val2014_000000000073.jpg", "restval"),
  ];
  const at = await folderOf(t, { ...PICTURES, "dataset_coco.json": { images, dataset: "coco" } });
  for (const folder of ["val2014", "."]) {
    const read = await readCaptions(at("dataset_coco.json"), await ImageFolder.open(at(folder)));
    assert.deepEqual(
      read.images.map(({ captions, split }) => [captions, split]),
      [
        [["One.", "Two."], "test"],
        [["One.", "Two."], "train"],
      ],
    );
  }
});

const ANSWERS = ["net", "net", "yes"].map((answer, i) => ({ answer, answer_id: i + 1 }));

const VQA = {
  "questions.json": {
    data_subtype: "val2014",
    questions: [
      { image_id: 42, question: "What is this?", question_id: 42000 },
      { image_id: 7, question: "Is it here?", question_id: 7000 },
      { image_id: 73, question: "Not annotated?", question_id: 73000 },
    ],
  },
  "annotations.json": {
    annotations: [7, 42].map((id) => ({
      question_id: id * 1000,
      image_id: id,
      question_type: "what is this",
      answer_type: "other",
      multiple_choice_answer: "net",
      answers: ANSWERS,
    })),
  },
};

test("questions of VQA find answers by their numbers and images by theirs", async (t) => {
  const at = await folderOf(t, { ...PICTURES, ...VQA });
  const files = { questions: at("questions.json"), annotations: at("annotations.json") };
  assert.deepEqual(await readVisualQuestions(files, await ImageFolder.open(at("val2014"))), {
    questions: [
      {
        image: at("val2014/COCO_val2014_000000000042.jpg"),
        question: "What is this?",
        answers: ["net", "net", "yes"],
        answer: "net",
        answerKind: "other",
        questionKind: "what is this",
      },
    ],
    missing: 1,
  });
});

test("files that are no annotations are refused by what is wrong with them", async (t) => {
  const at = await folderOf(t, {
    ...PICTURES,
    ...VQA,
    "cut.json": JSON.stringify(COCO).slice(0, -20),
    "text.json": "captions",
    "half.json": '{"images": [{"id": 1 "file_name": 2}]}',
    "empty.json": { images: [], annotations: [] },
    "alone.json": { images: COCO.images },
    "list.json": { images: [3], annotations: [] },
    "id.json": { images: [{ id: "42", file_name: "a.jpg" }], annotations: COCO.annotations },
    "caption.json": { images: COCO.images, annotations: [{ image_id: 42, caption: null }] },
    "elsewhere.json": {
      images: [{ id: 1, file_name: "elsewhere.jpg" }],
      annotations: [{ image_id: 1, caption: "a" }],
    },
    "silent.json": { annotations: [{ ...VQA["annotations.json"].annotations[1], answers: [] }] },
    "type.json": { annotations: [{ ...VQA["annotations.json"].annotations[1], answer_type: "x" }] },
  });
  const folder = await ImageFolder.open(at("val2014"));
  const captions = (name: string, code: ErrorCode, ...texts: string[]) =>
    rejects(readCaptions(at(name), folder), code, name, ...texts);
  await captions("none.json", "FILE_NOT_FOUND", "nothing there");
  await captions("cut.json", "INVALID_ARGUMENT", "text that is cut off");
  await captions("text.json", "INVALID_ARGUMENT", "Expected JSON");
  await captions("half.json", "INVALID_ARGUMENT", "Expected JSON");
  await captions("empty.json", "INVALID_ARGUMENT", "a list `images` that is not empty");
  await captions("alone.json", "INVALID_ARGUMENT", "a list `annotations`");
  await captions("list.json", "INVALID_ARGUMENT", "an object", "images[0]", "received 3");
  await captions("id.json", "INVALID_ARGUMENT", "images[0].id", "a whole number", "received 42");
  await captions("caption.json", "INVALID_ARGUMENT", "annotations[0].caption");
  const none = readCaptions(at("elsewhere.json"), folder);
  await rejects(none, "FILE_NOT_FOUND", "the image elsewhere.jpg", "Name the folder");
  const questions = (annotations: string, ...texts: string[]) => {
    const files = { questions: at("questions.json"), annotations: at(annotations) };
    return rejects(readVisualQuestions(files, folder), "INVALID_ARGUMENT", ...texts);
  };
  await questions("silent.json", "annotations[0].answers", "a list that is not empty");
  await questions("type.json", "yes/no, number, other", "annotations[0].answer_type");
  await questions("caption.json", "annotations[0].question_id");
  await rejects(ImageFolder.open(at("nowhere")), "FILE_NOT_FOUND", "`data`");
});

test("a long file is read entry by entry", async (t) => {
  const images = Array.from({ length: 20_000 }, (_, id) => {
    return { id, file_name: id === 19_999 ? "COCO_val2014_000000000073.jpg" : `${id}.jpg` };
  });
  const annotations = images.map(({ id }) => ({ image_id: id, caption: `caption ${id} 'é'` }));
  const at = await folderOf(t, { ...PICTURES, "long.json": { images, annotations } });
  const { images: read, missing } = await readCaptions(
    at("long.json"),
    await ImageFolder.open(at("val2014")),
  );
  assert.deepEqual(
    read.map(({ captions }) => captions),
    [["caption 19999 'é'"]],
  );
  assert.equal(missing, 19_999);
});
