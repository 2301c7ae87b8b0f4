import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { TOKEN_KINDS, writeLlamaGguf } from "@v2l/llm";
import { clipNetwork, elements, fromFloat32, initialize, Random } from "@v2l/nn";
import { openFoundation, readVocabulary, writeFoundation, writeVocabulary } from "v2l";
import { picture, temporaryFolder, v2l } from "./support.js";

const PIECES = ["<unk>", "<s>", "</s>", "▁", ..."abcdefghijklmnopqrstuvwxyz.-"];

/** A folder of codebooks whose CLIP has both halves and reads letters. */
async function letterClip(folder: string): Promise<string> {
  const config = {
    embedDim: 8,
    vision: { imageSize: 16, patchSize: 8, width: 8, layers: 1, heads: 2 },
    text: { contextLength: 40, vocabSize: PIECES.length + 1, width: 8, layers: 1, heads: 2 },
  };
  const vocab = Object.fromEntries(PIECES.map((piece, id) => [piece, id]));
  const textTokenizer = JSON.stringify({
    version: "1.0",
    added_tokens: [],
    normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: { type: "BPE", unk_token: "<unk>", vocab, merges: [] },
  });
  const one = { embedding: fromFloat32(new Float32Array(8), [1, 8]), vocabulary: ["a"] };
  await writeFoundation(folder, {
    clip: {
      config,
      weights: initialize(clipNetwork(config).params, 1),
      preprocess: "demo",
      textTokenizer,
      reference: "random",
    },
    llm: null,
    local: one,
    global: one,
  });
  return folder;
}

/** A LLaMA of one layer with random weights that knows letters and bytes. */
async function tinyLlama(path: string): Promise<string> {
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  });
  const pieces = ["<unk>", "<s>", "</s>", ...bytes, ...PIECES.slice(3)];
  const kinds = Uint8Array.from(pieces, (_, id) => {
    if (id < 3) return id === 0 ? TOKEN_KINDS.unknown : TOKEN_KINDS.control;
    return id < 259 ? TOKEN_KINDS.byte : TOKEN_KINDS.normal;
  });
  const [dim, hidden] = [32, 32];
  const random = new Random(1);
  const shapes: Record<string, number[]> = {
    tok_embeddings: [pieces.length, dim],
    norm: [dim],
    output: [pieces.length, dim],
  };
  const layer = { attention_norm: [dim], ffn_norm: [dim] } as Record<string, number[]>;
  for (const name of ["wq", "wk", "wv", "wo"]) layer[`attention.${name}`] = [dim, dim];
  for (const name of ["w1", "w2", "w3"]) layer[`feed_forward.${name}`] = [hidden, dim];
  for (const [name, shape] of Object.entries(layer)) shapes[`layers.0.${name}`] = shape;
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const values = Float32Array.from({ length: elements(shape) }, () => random.normal() / 4);
      return [`${name}.weight`, fromFloat32(values, shape)] as const;
    }),
  );
  const scores = pieces.map((_, id) => -id);
  const vocabulary = { pieces, kinds, scores, bos: 1, eos: 2, unknown: 0 };
  const config = { dim, layers: 1, heads: 1, hidden, normEps: 1e-5, contextSize: 64 };
  const file = await open(path, "wx");
  try {
    await writeLlamaGguf(file, { name: "tiny", config, vocabulary, tensors, type: "F32" });
  } finally {
    await file.close();
  }
  return path;
}

const VOCABULARY = {
  llm: { reference: "tiny", vocabularyHash: "0".repeat(64) },
  pieces: ["<s>", "▁dog", "▁cat"],
  subwords: [null, "dog", "cat"],
  bigrams: [null, "dog in", "cat and"],
  trigrams: [null, "dog in a", null],
};

test("embed and filter, and build, make the same codebooks and say how fast", async (t) => {
  const folder = temporaryFolder(t);
  const clip = await letterClip(join(folder, "clip"));
  const images = join(folder, "images");
  mkdirSync(images);
  for (const seed of [1, 2, 3]) await picture(join(images, `${seed}.png`), seed);
  const vocabulary = join(folder, "vocabulary.json");
  await writeVocabulary(vocabulary, VOCABULARY);
  const dir = (name: string) => join(folder, name);
  const common = ["--clip", clip, "--vocabulary", vocabulary, "--threads", "1", "--json"];
  const votes = ["--images", images, "--votes-each", "3", "--votes-needed", "0"];

  const early = await v2l(["codebook", "filter", "--dir", dir("steps"), ...common, ...votes]);
  assert.match(early.stderr, /^error \[FILE_NOT_FOUND\]: .*Run `v2l codebook embed` first/);
  const embedded = await v2l(["codebook", "embed", "--dir", dir("steps"), ...common]);
  assert.equal(embedded.status, 0, embedded.stderr);
  const { entries, width, seconds, runtimeSeconds } = JSON.parse(embedded.stdout);
  // <s>, dog, cat, and three phrases; width of the CLIP above.
  assert.deepEqual([entries, width], [6, 8]);
  assert.ok(runtimeSeconds > 0 && runtimeSeconds <= seconds);
  const filtered = await v2l(["codebook", "filter", "--dir", dir("steps"), ...common, ...votes]);
  assert.equal(filtered.status, 0, filtered.stderr);
  const built = await v2l(["codebook", "build", "--dir", dir("whole"), ...common, ...votes]);
  assert.equal(built.status, 0, built.stderr);
  for (const file of ["codebooks.safetensors", "foundation.json"]) {
    const [a, b] = ["steps", "whole"].map((name) => readFileSync(join(dir(name), file)));
    assert.ok((a as Buffer).equals(b as Buffer), file);
  }
  const { local, global, llm } = await openFoundation(dir("whole"));
  assert.deepEqual([local.vocabulary, llm], [VOCABULARY.pieces, VOCABULARY.llm]);
  assert.ok(global.vocabulary.length >= 3 && global.vocabulary.length <= 5);
});

test("expand asks a model in a GGUF file, and gives the same file again", async (t) => {
  const folder = temporaryFolder(t);
  const llm = await tinyLlama(join(folder, "tiny.gguf"));
  const expand = ["codebook", "expand", "--llm", llm, "--dir", join(folder, "codebooks")];
  const { status, stdout, stderr } = await v2l([...expand, "--json"]);
  assert.equal(status, 0, stderr);
  // The letters, the full stop and the hyphen; not the blank, bytes and control tokens.
  const { pieces, subwords } = JSON.parse(stdout);
  assert.deepEqual([pieces, subwords], [3 + 256 + 29, 28]);
  const path = join(folder, "codebooks", "vocabulary.json");
  const { bigrams } = await readVocabulary(path);
  assert.ok(bigrams.every((text, id) => id >= 260 || text === null));
  const before = readFileSync(path);
  assert.equal((await v2l(expand)).status, 0);
  assert.ok(readFileSync(path).equals(before));
  const official = await v2l([...expand, "--style", "official"]);
  assert.match(official.stderr, /^error \[RESUME_MISMATCH\]: .*another style/);
});

test("build needs a language model or a vocabulary; a missing CLIP is named", async (t) => {
  const folder = temporaryFolder(t);
  const words = ["codebook", "build", "--clip", folder, "--images", folder, "--dir", folder];
  const neither = await v2l(words);
  assert.equal(neither.status, 2);
  assert.match(neither.stderr, /Expected one of `--llm` and `--vocabulary` but received neither/);
  const vocabulary = join(folder, "vocabulary.json");
  await writeVocabulary(vocabulary, VOCABULARY);
  const embed = ["codebook", "embed", "--clip", folder, "--dir", folder];
  const { status, stderr } = await v2l(embed);
  assert.equal(status, 1);
  assert.match(stderr, /^error \[FILE_NOT_FOUND\]: Expected a bundle, .* for `clip`/);
});
