import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Random } from "@v2l/nn";
import { temporaryFolder } from "@v2l/testing";
import { getLlama } from "node-llama-cpp";
import { LineTokenizer } from "../src/embedded/line-tokenizer.js";
import { writeLlamaGguf } from "../src/index.js";
import { randomWeights, TINY, tinyVocabulary } from "./tiny-llama.js";

/** llama.cpp's tokenizer, with the tiny vocabulary. */
async function llamaCpp(t: TestContext, addSpacePrefix: boolean) {
  const path = join(temporaryFolder(t), "tiny.gguf");
  const vocabulary = { ...tinyVocabulary(), addSpacePrefix };
  const tensors = randomWeights(TINY, vocabulary.pieces.length);
  const file = await open(path, "wx");
  await writeLlamaGguf(file, { name: "tiny", config: TINY, vocabulary, tensors, type: "F32" });
  await file.close();
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true });
  t.after(() => llama.dispose());
  const model = await llama.loadModel({ modelPath: path, vocabOnly: true });
  return (text: string): number[] => [...model.tokenize(text, false)];
}

for (const prefix of [true, false]) {
  test(`ids are llama.cpp's of the whole text (dummy prefix: ${prefix})`, async (t) => {
    const whole = await llamaCpp(t, prefix);
    const lines = new LineTokenizer(whole);
    const fixed = [
      "",
      "\n",
      "\n\n",
      "a dog",
      "a\n",
      "\na",
      " a \n  cat \n\n\n red",
      "</s>\n<s>\ndog",
    ];
    const random = new Random(1);
    const parts = ["\n", "\n", " ", "dog", "do", "at", "a", "sees", "é", "🐕", "<unk>", "\t", "\r"];
    const drawn = Array.from({ length: 300 }, () => {
      const length = random.integer(20);
      return Array.from({ length }, () => parts[random.integer(parts.length)]).join("");
    });
    for (const text of [...fixed, ...drawn, ...drawn]) {
      assert.deepEqual(lines.ids(text), whole(text), JSON.stringify(text));
    }
  });
}

test("a line is tokenized once", () => {
  const asked: string[] = [];
  const lines = new LineTokenizer((text) => {
    asked.push(text);
    return [...text].map((character) => character.codePointAt(0) as number);
  });
  asked.length = 0;
  assert.deepEqual(lines.ids("ab\ncd\ncd\ne"), [97, 98, 10, 99, 100, 10, 99, 100, 10, 101]);
  assert.deepEqual(lines.ids("ab\ncd\nf"), [97, 98, 10, 99, 100, 10, 102]);
  assert.deepEqual(asked, ["ab", "\ncd", "\ne", "\nf"]);
});

test("only SentencePiece's BPE, and only without line ends inside pieces", () => {
  assert.equal(LineTokenizer.suits("llama", ["<0x0A>", "▁dog"]), true);
  assert.equal(LineTokenizer.suits("llama", ["<0x0A>", ".\n"]), false);
  assert.equal(LineTokenizer.suits("gpt2", ["▁dog"]), false);
  assert.equal(LineTokenizer.suits(undefined, ["▁dog"]), false);
});
