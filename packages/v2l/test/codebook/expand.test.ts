import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import {
  codebookTexts,
  expandVocabulary,
  readVocabulary,
  VOCABULARY_FILE,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const PIECES = [
  "<unk>",
  "<s>",
  "</s>",
  "<0x0A>",
  "<0xE2>",
  "▁",
  "▁▁",
  "▁dog",
  "dog",
  "▁in",
  "ging",
];
PIECES.push("▁a", "▁photo", "▁of", ".");
const id = (piece: string) => PIECES.indexOf(piece);

/** What follows the last token; `</s>` after any other. */
function scripted(next: Readonly<Record<string, string>>): FakeLanguageModel {
  return new FakeLanguageModel({
    pieces: PIECES,
    script: (prompt, logits) => {
      logits.fill(0);
      logits[id(next[PIECES[prompt.at(-1) as number] as string] ?? "</s>")] = 9;
    },
  });
}

const NEXT = {
  "▁dog": "▁in",
  "▁in": "▁a",
  ging: "<0x0A>",
  "▁a": "ging",
  "▁of": "▁",
  "▁photo": ".",
};

test("phrases are written as the model spaces them and end before what is no text", async (t) => {
  const dir = temporaryFolder(t);
  const model = scripted(NEXT);
  const vocabulary = await expandVocabulary(model, { dir });
  const row = (piece: string) => {
    const { subwords, bigrams, trigrams } = vocabulary;
    return [subwords, bigrams, trigrams].map((list) => list[id(piece)]);
  };
  assert.deepEqual(row("▁dog"), ["dog", "dog in", "dog in a"]);
  assert.deepEqual(row("dog"), ["dog", "dog in", "dog in a"]); // the same text, asked about once
  assert.deepEqual(row("▁a"), ["a", "aging", null]); // a byte is no text
  assert.deepEqual(row("▁in"), ["in", "in a", "in aging"]);
  assert.deepEqual(row("▁of"), ["of", null, null]); // a blank
  assert.deepEqual(row("▁photo"), ["photo", "photo.", null]); // then </s>
  for (const piece of ["<unk>", "<s>", "</s>", "<0x0A>", "<0xE2>", "▁", "▁▁"]) {
    assert.deepEqual(row(piece), [null, null, null], piece);
  }
  const { reference, vocabularyHash } = vocabulary.llm ?? {};
  assert.deepEqual([reference, vocabularyHash], ["fake", model.info.vocabularyHash]);
  assert.deepEqual(await readVocabulary(join(dir, VOCABULARY_FILE)), vocabulary);
});

test("prompts are bos and `a photo of <subword>`, one for each text", async (t) => {
  const model = scripted(NEXT);
  await expandVocabulary(model, { dir: temporaryFolder(t) });
  const prompts = model.calls.flatMap((call) => call.prompts);
  assert.equal(prompts.length, 7); // dog, in, ging, a, photo, of and the full stop
  const start = ["<s>", "▁a", "▁photo", "▁of"].map(id);
  assert.deepEqual(prompts[0], [...start, id("▁dog")]);
});

test("the official style decodes every token by itself", async (t) => {
  const options = { dir: temporaryFolder(t), style: "official" as const };
  const { subwords, bigrams, trigrams } = await expandVocabulary(scripted(NEXT), options);
  const row = (piece: string) => [subwords, bigrams, trigrams].map((list) => list[id(piece)]);
  // conformance/README.md, quirk 11: no marker, glued, ids without text become "", bytes U+FFFD.
  assert.deepEqual(row("▁dog"), ["dog", "dogin", "dogina"]);
  assert.equal(row("<unk>")[0], "");
  assert.equal(row("<0xE2>")[0], "\uFFFD");
  assert.equal(row("▁photo")[2], "photo."); // </s> decodes to nothing
});

test("local texts keep the spelling of pieces without text, candidates are different texts", async (t) => {
  const vocabulary = await expandVocabulary(scripted(NEXT), { dir: temporaryFolder(t) });
  const { pieces, subwords, candidates } = codebookTexts(vocabulary);
  assert.deepEqual(pieces, PIECES);
  assert.deepEqual(subwords.slice(0, 9), [
    ...["<unk>", "<s>", "</s>", "<0x0A>", "<0xE2>", "▁", "▁▁", "dog", "dog"],
  ]);
  assert.equal(new Set(candidates).size, candidates.length);
  assert.deepEqual(candidates.slice(0, 3), ["dog", "in", "ging"]);
  assert.ok(candidates.includes("dog in a") && !candidates.includes("<0x0A>"));
});

test("a killed run asks only for the rest and gives the same file", async (t) => {
  const pieces = [...PIECES, ..."bcdefghijklmnopqrstuvwxyz"].concat(
    Array.from({ length: 600 }, (_, i) => `▁word${i}`),
  );
  const fake = () => new FakeLanguageModel({ pieces, seed: 3 });
  const whole = temporaryFolder(t);
  const saves: string[] = [];
  const onProgress = ({ done }: { done: number }) => {
    const dir = join(whole, `killed at ${done}`);
    mkdirSync(dir);
    const file = join(whole, "expansion.safetensors");
    if (existsSync(file)) copyFileSync(file, join(dir, "expansion.safetensors"));
    saves.push(dir);
  };
  await expandVocabulary(fake(), { dir: whole, saveEvery: 0, onProgress });
  assert.equal(saves.length, 4); // 0, 256, 512 and all
  const expected = readFileSync(join(whole, VOCABULARY_FILE));
  for (const [i, dir] of saves.entries()) {
    const model = fake();
    await expandVocabulary(model, { dir });
    assert.equal(model.calls.length, 3 - i);
    assert.ok(readFileSync(join(dir, VOCABULARY_FILE)).equals(expected), dir);
  }
});

test("another model or style does not continue a run", async (t) => {
  const dir = temporaryFolder(t);
  await expandVocabulary(scripted(NEXT), { dir });
  const refused = { code: "RESUME_MISMATCH" };
  await assert.rejects(expandVocabulary(scripted(NEXT), { dir, style: "official" }), refused);
  const other = new FakeLanguageModel({ pieces: [...PIECES, "▁cat"] });
  await assert.rejects(expandVocabulary(other, { dir }), refused);
});
