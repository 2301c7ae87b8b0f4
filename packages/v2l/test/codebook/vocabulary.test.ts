import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { conformance, rejects } from "@v2l/testing";
import { codebookTexts, pieceText, readVocabulary, writeVocabulary } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

test("the official vocabulary of subwords, bigrams and trigrams is read", async () => {
  const path = conformance("subword_bigram_trigram_vocabulary.npy") as string;
  const { llm, pieces, subwords, bigrams, trigrams } = await readVocabulary(path);
  assert.equal(llm, null);
  // npy.test.ts: the first record is {1: "un", 2: "side", 3: "under"}.
  const first = [pieces, subwords, bigrams, trigrams].map((list) => list[0]);
  assert.deepEqual(first, ["un", "un", "side", "under"]);
  assert.equal(pieces.length, 12);
});

test("the text of a piece is its letters; markers alone are spelled", () => {
  const texts = ["▁dog", "dog", "▁", "▁▁", "<0x0A>", "▁a▁b"].map(pieceText);
  assert.deepEqual(texts, ["dog", "dog", "▁", "▁▁", "<0x0A>", "a b"]);
});

test("files that hold no vocabulary are refused", async (t) => {
  const path = join(temporaryFolder(t), "vocabulary.json");
  await rejects(readVocabulary(path), "FILE_NOT_FOUND", "v2l codebook expand");
  const lists = { pieces: ["a"], subwords: ["a"], bigrams: [null], trigrams: [null] };
  await writeVocabulary(path, { llm: null, ...lists });
  assert.deepEqual(codebookTexts(await readVocabulary(path)).candidates, ["a"]);
  const good = { format: "v2l-vocabulary", version: 1, llm: null, ...lists };
  for (const wrong of [
    "{",
    "[]",
    JSON.stringify({ ...good, version: 2 }),
    JSON.stringify({ ...good, bigrams: [] }),
    JSON.stringify({ ...good, pieces: [1] }),
  ]) {
    await writeFile(path, wrong);
    await rejects(readVocabulary(path), "CHECKPOINT_UNREADABLE", path);
  }
});
