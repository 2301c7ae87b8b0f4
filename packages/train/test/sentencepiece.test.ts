import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { V2LError } from "@v2l/nn";
import { conformance, readJson, skipWithout } from "@v2l/testing";
import { loadTextTokenizer } from "v2l";
import { readSentencePieceModel, toTokenizerJson } from "../src/index.js";

interface Prompts {
  readonly tokenizer: {
    readonly vocab_size: number;
    readonly encode: readonly { text: string; ids: number[]; decoded: string }[];
    readonly decode: readonly { ids: number[]; decoded: string }[];
    readonly single_pieces: readonly { id: number; piece: string; score: number; type: string }[];
  };
}

const skip = skipWithout("tokenizer.model", "prompts.json");
const model = () => readSentencePieceModel(readFileSync(conformance("tokenizer.model") as string));

test("a .model file is read as SentencePiece reads it", { skip }, () => {
  const { tokenizer } = readJson<Prompts>("prompts.json");
  const { pieces, dummyPrefix, byteFallback } = model();
  assert.equal(pieces.length, tokenizer.vocab_size);
  assert.ok(dummyPrefix && byteFallback);
  for (const { id, piece, score, type } of tokenizer.single_pieces) {
    assert.deepEqual([pieces[id]?.piece, pieces[id]?.type], [piece, type]);
    assert.ok(pieces[id]?.score === score, piece); // the first merge scores -0
  }
});

test("the converted tokenizer encodes as SentencePiece does", { skip }, () => {
  const tokenizer = loadTextTokenizer(toTokenizerJson(model()));
  for (const { text, ids, decoded } of readJson<Prompts>("prompts.json").tokenizer.encode) {
    assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
    assert.equal(tokenizer.decode(ids), decoded, JSON.stringify(text));
  }
});

test("the tokenizer.json of the fixtures is the converted .model file", { skip }, () => {
  assert.deepEqual(readJson("tokenizer.json"), toTokenizerJson(model()));
});

test("decoding lists of ids gives SentencePiece's text", { skip }, () => {
  const tokenizer = loadTextTokenizer(toTokenizerJson(model()));
  const CONTROL = 2; // ids up to this one are <unk>, <s>, </s>: SentencePiece alone hides them
  for (const { ids, decoded } of readJson<Prompts>("prompts.json").tokenizer.decode) {
    if (ids.every((id) => id > CONTROL)) assert.equal(tokenizer.decode(ids), decoded);
  }
});

test("bytes that are no model are refused", () => {
  for (const text of ["", "hello", "\n\x05hello"]) {
    assert.throws(
      () => readSentencePieceModel(Buffer.from(text)),
      (error) => error instanceof V2LError && error.code === "INVALID_ARGUMENT",
      JSON.stringify(text),
    );
  }
});
