import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import { toFloat16 } from "@v2l/nn";
import { rejects } from "@v2l/testing";
import { type BundleParts, checkVocabulary, openBundle, writeBundle } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { tinyParts } from "../tiny-bundle.js";

const PIECES = ["<unk>", "<s>", "</s>", "<0x0A>", "▁", "▁dog", "dog", "▁cat"];
const model = new FakeLanguageModel({ pieces: PIECES });

async function bundleOf(
  t: TestContext,
  vocabulary: readonly string[],
  llm: BundleParts["llm"] = null,
) {
  const folder = join(temporaryFolder(t), "bundle");
  const embedding = toFloat16(new Float32Array(8 * vocabulary.length), [vocabulary.length, 8]);
  const localCodebook = { embedding, vocabulary };
  await writeBundle(folder, { ...tinyParts(), localCodebook, llm });
  return openBundle(folder);
}

test("a bundle fits the model by its recorded hash, by its pieces, or by decoded texts", async (t) => {
  const { vocabularyHash } = model.info;
  const llm = { reference: "fake", vocabularyHash };
  await checkVocabulary(await bundleOf(t, PIECES, llm), model);
  await checkVocabulary(await bundleOf(t, PIECES), model);
  // What single ids decode to in the official code; conformance/README.md, quirk 11.
  const decoded = ["", "", "", "\n", "", "dog", "dog", "cat"];
  await checkVocabulary(await bundleOf(t, decoded, { reference: "fake" }), model);
});

test("another vocabulary is refused with both sizes and hashes", async (t) => {
  const llm = { reference: "other", vocabularyHash: "a".repeat(64) };
  const { vocabularyHash } = model.info;
  const told = [vocabularyHash, "8 tokens", "made from other", "a".repeat(64)];
  await rejects(
    checkVocabulary(await bundleOf(t, PIECES, llm), model),
    "VOCABULARY_MISMATCH",
    ...told,
  );
  for (const vocabulary of [
    PIECES.slice(1),
    [...PIECES].reverse(),
    [...PIECES.slice(0, 7), "cow"],
  ]) {
    const checked = checkVocabulary(await bundleOf(t, vocabulary), model);
    await rejects(checked, "VOCABULARY_MISMATCH", `${vocabulary.length} tokens`, vocabularyHash);
  }
});

test("a bundle keeps the hash; a malformed one is invalid", async (t) => {
  const llm = { reference: "fake", vocabularyHash: "b".repeat(64) };
  assert.deepEqual((await bundleOf(t, PIECES, llm)).manifest.llm, llm);
  const wrong = bundleOf(t, PIECES, { reference: "fake", vocabularyHash: "b" });
  await rejects(wrong, "BUNDLE_INVALID", "llm.vocabularyHash");
});
