import assert from "node:assert/strict";
import { test } from "node:test";
import { phrases } from "../src/codebook/phrases.js";

const PIECES = ["<unk>", "<s>", "<0x0A>", "▁", "▁▁", "▁dog", "dog", "▁cat", "bird", "▁cow"];

test("a third each of words, pairs and triples, which begin with each other", () => {
  const texts = phrases(PIECES, 6, 1);
  assert.equal(new Set(texts).size, 6);
  const known = ["dog", "cat", "bird", "cow"];
  for (const text of texts)
    assert.ok(
      text.split(" ").every((word) => known.includes(word)),
      text,
    );
  assert.deepEqual(
    texts.map((text) => text.split(" ").length),
    [1, 1, 2, 2, 3, 3],
  );
  assert.ok(texts.slice(2).every((text, i) => text.startsWith(`${texts[i]} `)));
  assert.deepEqual(phrases(PIECES, 6, 1), texts);
});

test("too few words are an error", () => {
  assert.throws(() => phrases(PIECES, 13, 1), /4 words, where 5 are needed/);
});
