import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type ClipConfig, clipNetwork, initialize } from "@v2l/nn";
import { openFoundation, writeSafetensors, writeVocabulary } from "v2l";
import { buildDemoCodebooks, demoVocabulary, globalWords } from "../src/index.js";

const MODEL: ClipConfig = {
  embedDim: 8,
  vision: { imageSize: 32, patchSize: 16, width: 8, layers: 1, heads: 2 },
  text: { contextLength: 48, vocabSize: 4097, width: 8, layers: 1, heads: 2 },
};

test("scenes of the demo world vote for an expanded vocabulary, once in all runs", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "v2l-demo-codebooks-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const clip = folder;
  await writeSafetensors(join(clip, "clip.safetensors"), initialize(clipNetwork(MODEL).params, 1));
  const config = { model: MODEL, objects: [1, 0, 0] };
  writeFileSync(
    join(clip, "config.json"),
    JSON.stringify({ recipe: "clip", config, versions: {} }),
  );
  const vocabulary = join(folder, "vocabulary.json");
  await writeVocabulary(vocabulary, {
    llm: { reference: "tiny", vocabularyHash: "0".repeat(64) },
    pieces: ["<s>", "▁dog", "▁cat"],
    subwords: [null, "dog", "cat"],
    bigrams: [null, "dog in", "cat and"],
    trigrams: [null, "dog in a", null],
  });
  const fields = {
    clip,
    vocabulary,
    voters: 20,
    votesEach: 2,
    threads: 1,
    cache: join(folder, "cache"),
  };
  const dir = join(folder, "codebooks");
  const summary = await buildDemoCodebooks({ ...fields, votesNeeded: 0 }, { dir });
  assert.deepEqual([summary.localEntries, summary.candidates], [3, 5]);
  const { global } = await openFoundation(dir);
  assert.equal(global.vocabulary.length, summary.globalEntries);
  const votes = readFileSync(join(dir, "votes.safetensors"));
  const reports: string[] = [];
  const onEvent = (event: { type: string; what?: string; done?: number; total?: number }) => {
    reports.push(`${event.what} ${event.done}/${event.total}`);
  };
  await buildDemoCodebooks({ ...fields, votesNeeded: 1 }, { dir, onEvent });
  assert.deepEqual(reports, ["words 6/6", "votes 20/20"]);
  assert.ok(readFileSync(join(dir, "votes.safetensors")).equals(votes));
});

test("the recipe's candidates without a language model are known words", () => {
  const words = globalWords(demoVocabulary().pieces);
  assert.ok(words.includes("dog") && new Set(words).size === words.length);
});
