import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { V2LError } from "@v2l/nn";
import { clipMarkers, clipTextIds, loadTextTokenizer } from "v2l";
import {
  COLOR_NAMES,
  corpusLines,
  DEMO_PIECES,
  demoVocabulary,
  globalWords,
  NOUNS,
  readSentencePieceModel,
  toTokenizerJson,
  trainVocabulary,
} from "../src/index.js";

const hasTrainer = spawnSync("spm_train", ["--version"]).error === undefined;
const skip = hasTrainer ? false : "spm_train not found: apt-get install sentencepiece";

/** What SentencePiece 0.1.97 makes of awkward strings; see make_demo_tokenizer.py beside it. */
const FIXTURE = new URL("../../test/fixtures/demo-tokenizer.json", import.meta.url);
const cases: readonly { text: string; ids: number[]; decoded: string }[] = JSON.parse(
  readFileSync(FIXTURE, "utf8"),
);

test("the demo vocabulary has LLaMA's layout and every object and colour as one piece", () => {
  const { pieces, dummyPrefix, byteFallback } = demoVocabulary();
  assert.equal(pieces.length, DEMO_PIECES);
  assert.ok(dummyPrefix && byteFallback);
  assert.deepEqual(
    pieces.slice(0, 3).map(({ piece }) => piece),
    ["<unk>", "<s>", "</s>"],
  );
  assert.deepEqual([pieces[3]?.piece, pieces[258]?.piece], ["<0x00>", "<0xFF>"]);
  const known = new Set(pieces.map(({ piece }) => piece));
  const words = [...NOUNS.map(({ name }) => name), ...COLOR_NAMES];
  assert.deepEqual(
    words.filter((word) => !known.has(`▁${word}`)),
    [],
  );
  assert.ok(pieces.every(({ piece, type }) => type !== "normal" || !/\d./.test(piece)));
});

test("its tokenizer.json encodes and decodes as SentencePiece does", () => {
  const tokenizer = loadTextTokenizer(toTokenizerJson(demoVocabulary()));
  for (const { text, ids, decoded } of cases) {
    assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
    assert.equal(tokenizer.decode(ids), decoded, JSON.stringify(text));
  }
  assert.equal(tokenizer.size, DEMO_PIECES);
  assert.deepEqual([tokenizer.piece(13), tokenizer.piece(DEMO_PIECES)], ["<0x0A>", null]);
});

test("CLIP's row of a caption ends with the highest id", () => {
  const tokenizer = loadTextTokenizer(toTokenizerJson(demoVocabulary()));
  const row = clipTextIds(tokenizer.encode("a red apple"), 16, clipMarkers(DEMO_PIECES + 1));
  assert.equal(row.indexOf(Math.max(...row)), row.lastIndexOf(4096));
  assert.deepEqual(row.slice(0, 2), [1, tokenizer.encode("a")[0]]);
});

test("the corpus is the same each time and names every object", () => {
  const lines = [...corpusLines({ scenes: 50 })];
  assert.deepEqual(lines, [...corpusLines({ scenes: 50 })]);
  const text = lines.join(" ");
  for (const { name, plural } of NOUNS) assert.ok(text.includes(name) && text.includes(plural));
});

test("training is reproducible and yields the layout asked for", { skip }, () => {
  const lines = [...corpusLines({ scenes: 200 })].filter((_, i) => i % 20 === 0);
  const bytes = trainVocabulary(lines, 600);
  assert.deepEqual(trainVocabulary(lines, 600), bytes);
  const { pieces, byteFallback } = readSentencePieceModel(bytes);
  assert.equal(pieces.length, 600);
  assert.ok(byteFallback);
});

test("a failing spm_train is an error with its reason", { skip }, () => {
  assert.throws(
    () => trainVocabulary(["too little text"], 4096),
    (error) =>
      error instanceof V2LError && error.code === "RUNTIME" && /spm_train/.test(error.message),
  );
});

test("without spm_train the error names the remedy", () => {
  const path = process.env.PATH;
  process.env.PATH = "";
  try {
    assert.throws(
      () => trainVocabulary(["a"], 300),
      (error) => error instanceof V2LError && /apt-get install sentencepiece/.test(error.message),
    );
  } finally {
    process.env.PATH = path;
  }
});

test("global words hold objects, keywords, CLDR phrases and pieces, each once", () => {
  const words = globalWords(demoVocabulary().pieces);
  assert.equal(new Set(words).size, words.length);
  // "hot dog" is the CLDR label of U+1F32D; "temperature" is a piece that CLDR and WordNet share.
  for (const word of ["dog", "pet", "gray", "hot dog", "temperature"]) {
    assert.ok(words.includes(word), word);
  }
  assert.ok(words.every((word) => !/[▁:<]/.test(word)));
});
