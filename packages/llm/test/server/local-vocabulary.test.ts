import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { rejects, temporaryFolder } from "@v2l/testing";
import { FakeLanguageModel, readLocalVocabulary, TOKEN_KINDS } from "../../src/index.js";
import { tinyVocabulary, writeTinyGguf } from "../tiny-llama.js";
import { writeTokenizerJson } from "./tokenizer-json.js";

test("a GGUF file's header gives the vocabulary", async (t) => {
  const path = await writeTinyGguf(t);
  const read = await readLocalVocabulary(path);
  const { pieces, kinds } = tinyVocabulary();
  assert.deepEqual(read.pieces, pieces);
  assert.deepEqual(read.kinds, kinds);
  assert.deepEqual([read.bos, read.eos, read.addsSpace, read.tokenizer], [1, 2, true, null]);
});

test("a tokenizer.json gives vocabulary and tokenizer", async (t) => {
  const folder = temporaryFolder(t);
  const fake = new FakeLanguageModel();
  const { pieces, kinds } = await fake.vocabulary();
  const path = writeTokenizerJson(folder, pieces);
  const read = await readLocalVocabulary(path);
  assert.deepEqual(read.pieces, pieces);
  assert.deepEqual(read.kinds, kinds);
  assert.deepEqual([read.bos, read.eos], [1, 2]);
  for (const text of ["a dog", "<s> é", "犬</s>"]) {
    // The fake's tokenizer follows the same rules, written independently.
    assert.deepEqual(read.tokenizer?.encode(text), await fake.tokenize(text));
    assert.equal(read.tokenizer?.decode(await fake.tokenize(text)), text);
  }
  writeFileSync(
    join(folder, "tokenizer_config.json"),
    JSON.stringify({ bos_token: { content: "</s>" }, eos_token: "!" }),
  );
  const configured = await readLocalVocabulary(path);
  assert.deepEqual([configured.bos, configured.eos], [2, pieces.indexOf("!")]);
  assert.equal(configured.kinds[0], TOKEN_KINDS.unknown);
  assert.equal(configured.chatTemplate, null);
  const templates = [
    { name: "tool_use", template: "a" },
    { name: "default", template: "b" },
  ];
  for (const chat_template of ["b", templates]) {
    writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ chat_template }));
    assert.equal((await readLocalVocabulary(path)).chatTemplate, "b");
  }
});

test("files that are missing or something else are refused", async (t) => {
  const folder = temporaryFolder(t);
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  await rejects(readLocalVocabulary(join(folder, "none.json")), "FILE_NOT_FOUND", "none.json");
  await rejects(readLocalVocabulary(join(folder, "none.gguf")), "FILE_NOT_FOUND", "none.gguf");
  await rejects(readLocalVocabulary(file("a.json", "{")), "MODEL_UNREADABLE", "a.json", "no JSON");
  await rejects(readLocalVocabulary(file("b.json", '{"model":{}}')), "MODEL_UNREADABLE", "b.json");
  await rejects(readLocalVocabulary(file("c.gguf", "text")), "MODEL_UNREADABLE", "c.gguf");
});
