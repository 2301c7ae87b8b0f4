import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  clipNetwork,
  discriminatorNetwork,
  fromFloat32,
  initialize,
  type TensorData,
  tokenizerNetwork,
  type VqganConfig,
  type Weights,
} from "@v2l/nn";
import {
  conformance,
  OFFICIAL_CLIP,
  OFFICIAL_TOKENIZER,
  readJson,
  rejects,
  skipWithout,
} from "@v2l/testing";
import { type ImportOptions, importOfficial, openBundle, readCheckpoint } from "../src/index.js";
import { temporaryFolder } from "./temporary-folder.js";
import { call, global, tensor, torchZip } from "./torch-file.js";

const OFFICIAL_FILES = [
  "checkpoint-last.pth",
  "checkpoint-last-discriminator.pth",
  "local_codebook_embedding.pth",
  "global_codebook_embedding.pth",
  "local_vocabulary.npy",
  "global_vocabulary.npy",
] as const;

function officialOptions(out: string): ImportOptions {
  const [model, discriminator, localCodebook, globalCodebook, localVocabulary, globalVocabulary] =
    OFFICIAL_FILES.map((file) => conformance(file) as string) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
  const checkpoint = [model, discriminator];
  const files = { localCodebook, globalCodebook, localVocabulary, globalVocabulary };
  // conformance/README.md, 1: the tiny CLIP has two heads, which no shape tells.
  return { checkpoint, ...files, out, clipHeads: 2 };
}

test("the official checkpoint in two files becomes a bundle with every tensor unchanged", {
  skip: skipWithout(...OFFICIAL_FILES),
}, async (t) => {
  const options = officialOptions(join(temporaryFolder(t), "official"));
  const { manifest, ignored } = await importOfficial(options);
  // The sizes in conformance/README.md, 1.
  assert.deepEqual(manifest.tokenizer.config, OFFICIAL_TOKENIZER);
  assert.deepEqual(manifest.clip.config, OFFICIAL_CLIP);
  assert.deepEqual(manifest.grid, { height: 16, width: 16 });
  const bundle = await openBundle(options.out);
  const stored = new Map([
    ...(await bundle.tokenizer()),
    ...((await bundle.discriminator()) ?? []),
    ...[...(await bundle.clip())].map(
      ([name, value]) => [name.replace(/^visual\./, "global_encoder."), value] as const,
    ),
  ]);
  const wanted = new Map<string, TensorData>();
  for (const path of options.checkpoint) {
    for (const [name, value] of (await readCheckpoint(path)).weights) wanted.set(name, value);
  }
  for (const name of ignored) wanted.delete(name);
  assert.deepEqual(stored, wanted);
  const keys = Object.keys(readJson<object>("checkpoint-keys.json"));
  const separate = ["tok_embeddings.weight", "tok_embeddings_global.weight"];
  const vgg = keys.filter((name) => name.startsWith("perceptual_loss.net."));
  assert.deepEqual([...stored.keys(), ...ignored, ...separate, ...vgg].sort(), keys.sort());
});

test("half precision codebooks stay so, beside their words", {
  skip: skipWithout(...OFFICIAL_FILES),
}, async (t) => {
  const options = officialOptions(join(temporaryFolder(t), "official"));
  await importOfficial(options);
  const { embedding, vocabulary } = await (await openBundle(options.out)).codebook("global");
  assert.deepEqual([embedding.dtype, embedding.shape], ["float16", [300, 768]]);
  assert.deepEqual([vocabulary.length, vocabulary[11]], [300, "犬"]);
});

const config: VqganConfig = {
  resolution: 16,
  ch: 4,
  chMult: [1, 2],
  numResBlocks: 1,
  attnResolutions: [8],
  zChannels: 4,
  embedDim: 8,
  normGroups: 2,
};
const vision = { imageSize: 16, patchSize: 8, width: 8, layers: 1, heads: 2 };
const EMBEDDING = fromFloat32(
  Float32Array.from({ length: 40 }, (_, i) => i / 8),
  [5, 8],
);

/** All tensors of a small official checkpoint, with those that an import ignores. */
function smallCheckpoint(): Map<string, TensorData> {
  const clip = clipNetwork({ embedDim: 8, vision, text: null }).params;
  return new Map([
    ...initialize(tokenizerNetwork(config).params, 1),
    ...initialize(discriminatorNetwork().params, 2),
    ...[...initialize(clip, 3)].map(
      ([name, value]) => [name.replace(/^visual\./, "global_encoder."), value] as const,
    ),
    ["tok_embeddings.weight", EMBEDDING],
    ["tok_embeddings_global.weight", EMBEDDING],
    ["perceptual_loss.lin0.model.1.weight", EMBEDDING],
  ]);
}

/** The checkpoint as PyTorch saves it, float32 only. */
function checkpointFile(weights: Weights): Buffer {
  const storages: Record<string, Uint8Array> = {};
  const entries = [...weights].map(([name, { shape, bytes }], i) => {
    storages[i] = bytes;
    return [name, tensor({ key: `${i}`, count: bytes.length / 4, shape })] as const;
  });
  return torchZip(new Map([["model", new Map(entries)]]), storages);
}

function vocabularyFile(words: readonly string[]): Buffer {
  const header = `{'descr': '<U1', 'fortran_order': False, 'shape': (${words.length},), }\n`;
  const points = Buffer.from(Uint32Array.from(words, (w) => w.charCodeAt(0)).buffer);
  const start = Buffer.from("\x93NUMPY\x01\0", "latin1");
  return Buffer.concat([start, Buffer.from([header.length, 0]), Buffer.from(header), points]);
}

async function smallFiles(t: TestContext, weights: Weights): Promise<ImportOptions> {
  const folder = temporaryFolder(t);
  const path = (name: string) => join(folder, name);
  await writeFile(path("last.pth"), checkpointFile(weights));
  const { shape, bytes } = EMBEDDING;
  await writeFile(path("codebook.pth"), torchZip(tensor({ count: 40, shape }), { 0: bytes }));
  await writeFile(path("vocabulary.npy"), vocabularyFile(["a", "b", "c", "d", "e"]));
  return {
    checkpoint: path("last.pth"),
    localCodebook: path("codebook.pth"),
    globalCodebook: path("codebook.pth"),
    localVocabulary: path("vocabulary.npy"),
    globalVocabulary: path("vocabulary.npy"),
    out: join(temporaryFolder(t), "out"),
    imageSize: 16,
    globalWords: 3,
    clipHeads: 2,
    config: { normGroups: 2 },
  };
}

/** Asserts that an import is refused and writes nothing. */
async function refused(
  options: ImportOptions,
  code: Parameters<typeof rejects>[1],
  ...parts: readonly string[]
): Promise<void> {
  await rejects(importOfficial(options), code, ...parts);
  assert.deepEqual(await readdir(join(options.out, "..")), []);
}

test("a checkpoint in one file is imported and lists what it leaves out", async (t) => {
  const options = await smallFiles(t, smallCheckpoint());
  const { manifest, ignored } = await importOfficial(options);
  assert.deepEqual(manifest.tokenizer.config, config);
  assert.deepEqual(manifest.clip.config.vision, vision);
  assert.deepEqual([...ignored].sort(), [
    "perceptual_loss.lin0.model.1.weight",
    "tok_embeddings.weight",
    "tok_embeddings_global.weight",
  ]);
});

test("a checkpoint without discriminator gives a bundle without it", async (t) => {
  const weights = smallCheckpoint();
  for (const name of [...weights.keys()]) {
    if (name.startsWith("discriminator.")) weights.delete(name);
  }
  const { manifest } = await importOfficial(await smallFiles(t, weights));
  assert.equal(manifest.discriminator, null);
});

test("missing, unexpected and misshapen tensors are listed together by name", async (t) => {
  const weights = smallCheckpoint();
  const wrong = fromFloat32(new Float32Array(3), [3]);
  weights.delete("decoder.mid.block_1.norm1.bias");
  weights.delete("discriminator.main.5.weight");
  weights.delete("global_encoder.ln_post.bias");
  for (const name of [
    "encoder.conv_in.weight",
    "quant_conv.bias",
    "global_encoder.proj",
    "extra",
  ]) {
    weights.set(name, wrong);
  }
  await refused(
    await smallFiles(t, weights),
    "CHECKPOINT_MISMATCH",
    "missing decoder.mid.block_1.norm1.bias",
    "missing discriminator.main.5.weight",
    "missing global_encoder.ln_post.bias",
    "unexpected extra",
    "shape of encoder.conv_in.weight: expected [4,3,3,3] but received [3]",
    "shape of quant_conv.bias: expected [8] but received [3]",
    "shape of global_encoder.proj",
  );
});

test("a checkpoint of something else is refused", async (t) => {
  const weights = new Map([["layers.0.attention.wq.weight", EMBEDDING]]);
  await refused(await smallFiles(t, weights), "CHECKPOINT_MISMATCH", "encoder.");
});

test("a checkpoint without CLIP asks for one", async (t) => {
  const weights = smallCheckpoint();
  for (const name of [...weights.keys()]) {
    if (name.startsWith("global_encoder.")) weights.delete(name);
  }
  await refused(await smallFiles(t, weights), "CHECKPOINT_MISMATCH", "global_encoder.*", "`clip`");
});

test("the same tensor in two files is refused", async (t) => {
  const options = await smallFiles(t, smallCheckpoint());
  const checkpoint = [options.checkpoint, options.checkpoint].flat();
  await refused({ ...options, checkpoint }, "CHECKPOINT_MISMATCH", "encoder.conv_in.weight");
});

test("codebooks must be the checkpoint's own and fit their words", async (t) => {
  const weights = smallCheckpoint();
  const other = fromFloat32(
    Float32Array.from({ length: 40 }, (_, i) => i / 7),
    [5, 8],
  );
  weights.set("tok_embeddings.weight", other);
  await refused(await smallFiles(t, weights), "CHECKPOINT_MISMATCH", "codebook", "another one");
  const options = await smallFiles(t, smallCheckpoint());
  await writeFile(options.localVocabulary, vocabularyFile(["a", "b"]));
  await refused(options, "CHECKPOINT_MISMATCH", "5 texts", "vocabulary.npy");
  await refused(
    { ...options, localCodebook: [options.checkpoint].flat()[0] as string },
    "CHECKPOINT_MISMATCH",
    "one tensor",
  );
});

test("unsafe and missing files are refused", async (t) => {
  const options = await smallFiles(t, smallCheckpoint());
  const attack = torchZip(call(global("os", "system"), ["true"]), {});
  await writeFile(options.localCodebook, attack);
  await refused(options, "CHECKPOINT_UNSAFE", "os.system", "codebook.pth");
  await refused({ ...options, checkpoint: "/no/such.pth" }, "FILE_NOT_FOUND", "/no/such.pth");
});
