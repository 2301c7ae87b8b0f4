import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import { clipNetwork, initialize, toFloat16, tokenizerNetwork } from "@v2l/nn";
import { TINY_CLIP, TINY_TOKENIZER, temporaryFolder, tinyRows } from "@v2l/testing";
import { tableMarkdown, V2L, writeBundle } from "v2l";
import {
  evaluateRestoration,
  type RestorationConfig,
  type RestorationEntry,
  type RestorationEvaluation,
  restorationTable,
  summarizeRestoration,
} from "../src/index.js";

const PIECES = ["<unk>", "<s>", "</s>", "<0x0A>", "▁", ..."abcdefghijklmnopqrstuvwxyz:"];

/** A bundle of random weights whose local tokens are those of the fake: 16x16 pixels, 8x8 tokens. */
async function tinyBundle(folder: string): Promise<V2L> {
  const codebook = (vocabulary: readonly string[]) => {
    const rows = vocabulary.length;
    return { embedding: toFloat16(tinyRows(rows), [rows, 8]), vocabulary };
  };
  await writeBundle(folder, {
    name: "tiny",
    imageSize: 16,
    tokenizer: {
      config: TINY_TOKENIZER,
      weights: initialize(tokenizerNetwork(TINY_TOKENIZER).params, 1),
    },
    discriminator: null,
    localCodebook: codebook(PIECES),
    globalCodebook: codebook(["a", "b", "c", "d"]),
    globalWords: 2,
    clip: {
      config: TINY_CLIP,
      weights: initialize(clipNetwork(TINY_CLIP).params, 3),
      preprocess: "demo",
      textTokenizer: null,
      reference: "random",
    },
    llm: null,
    modelCard: null,
  });
  return V2L.load(folder);
}

const CONFIG: RestorationConfig = {
  tasks: ["inpainting", "rotation"],
  protocols: ["blind", "paper"],
  images: 3,
  randomImages: 2,
  split: "test",
  references: 2,
  blind: { examples: 3 },
  shift: { right: 1, down: 1 },
  seed: 4,
};

const model = (seed: number) => new FakeLanguageModel({ pieces: PIECES, contextSize: 4000, seed });

test("a run that was stopped goes on where it was and ends like one that was not", async (t) => {
  const folder = temporaryFolder(t);
  const v2l = await tinyBundle(join(folder, "bundle"));
  t.after(() => v2l.dispose());
  const run = async (cache: string, config = CONFIG, stopAfter = Number.POSITIVE_INFINITY) => {
    const llm = model(1);
    const stop = new AbortController();
    let scenes = 0;
    const evaluation = evaluateRestoration(v2l, { llm, untrained: model(2) }, config, {
      cache: join(folder, cache),
      identity: { llm: "fake" },
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type !== "prepare" || event.what.includes("references")) return;
        if (++scenes === stopAfter) stop.abort(new Error("stopped"));
      },
    });
    return { evaluation, llm };
  };
  const whole = await run("one");
  const { journal: _, ...wanted } = await whole.evaluation;

  const killed = await run("two", CONFIG, 2);
  await assert.rejects(killed.evaluation, /stopped/);
  const resumed = await run("two");
  const { journal, ...found } = await resumed.evaluation;
  assert.deepEqual(found, wanted);
  const [before, after] = [killed.llm.calls.length, resumed.llm.calls.length];
  assert.ok(before > 0 && after > 0);
  assert.equal(before + after, whole.llm.calls.length);
  assert.match(journal, /eval-restore-[0-9a-f]{12}\.jsonl$/);

  // More scenes go on from those, and fewer need no model at all.
  const more = await run("two", { ...CONFIG, images: 4, tasks: ["rotation"] });
  assert.deepEqual(
    (await more.evaluation).rows.map(({ task, images }) => `${task} ${images}`),
    [4, 4, 2, 2, 4, 4, 4, 4, 4, 4].map((images) => `rotation ${images}`),
  );
  const protocols = await run("two", { ...CONFIG, tasks: ["rotation"], protocols: ["blind"] });
  assert.deepEqual(
    (await protocols.evaluation).rows
      .filter(({ protocol }) => protocol === "paper")
      .map(({ kind }) => kind),
    ["ceiling", "baseline"],
  );
  for (const few of [{ images: 1 }, { randomImages: 1 }]) {
    const { evaluation } = await run("two", { ...CONFIG, ...few });
    await assert.rejects(evaluation, { code: "INVALID_ARGUMENT" });
  }
  // Two at once measure the same twice; it counts once.
  const pair = await Promise.all([run("three"), run("three")]);
  await Promise.all(pair.map(({ evaluation }) => evaluation));
  const { journal: shared, ...again } = await (await run("three")).evaluation;
  const lines = readFileSync(shared, "utf8").trim().split("\n");
  assert.ok(new Set(lines).size < lines.length);
  assert.deepEqual(again, wanted);

  const fewer = await run("two", { ...CONFIG, images: 2 });
  assert.equal((await fewer.evaluation).rows[0]?.images, 2);
  assert.equal(fewer.llm.calls.length, 0);
});

/** Entries of one task: figures of each system, scene by scene. */
function entries(
  systems: readonly [
    system: string,
    protocol: RestorationEntry["protocol"],
    kind: RestorationEntry["kind"],
    accuracies: readonly number[],
  ][],
): RestorationEntry[] {
  return systems.flatMap(([system, protocol, kind, accuracies]) =>
    accuracies.map((tokenAccuracy, image) => {
      const figures = { tokenAccuracy, psnr: 20 * tokenAccuracy, ssim: tokenAccuracy / 2 };
      return { task: "deblur" as const, image, system, protocol, kind, ...figures };
    }),
  );
}

const RESULTS: Pick<RestorationEvaluation, "rows" | "leads"> = {
  ...summarizeRestoration(
    entries([
      ["model, blind", "blind", "model", [0.5, 0.7, 0.6]],
      ["model, paper", "paper", "model", [0.9, 0.9, 0.9]],
      ["random", "blind", "control", [0, 0]],
      ["ceiling", "paper", "ceiling", [1, 1, 1]],
      ["vote", "paper", "baseline", [0.9, 1, 1]],
      ["degraded", "blind", "baseline", [0.5, 0.6, 0.4]],
    ]),
  ),
};

test("figures are means over scenes, leads means of paired differences", () => {
  const of = (protocol: string, baseline: string) => {
    return RESULTS.leads.find((one) => one.protocol === protocol && one.baseline === baseline);
  };
  const [blind] = RESULTS.rows;
  assert.ok(Math.abs((blind?.tokenAccuracy.mean ?? 0) - 0.6) < 1e-12);
  assert.ok(Math.abs((blind?.psnr.mean ?? 0) - 12) < 1e-12);
  // Differences 0, 0.1, 0.2: standard deviation 0.1, so 0.1 -+ 1.96 * 0.1 / sqrt(3).
  const { mean, interval } = of("blind", "degraded")?.tokenAccuracy ?? {};
  assert.ok(Math.abs((mean ?? 0) - 0.1) < 1e-12);
  assert.ok(Math.abs((interval?.low ?? 0) - (0.1 - (1.959964 * 0.1) / Math.sqrt(3))) < 1e-6);
  // Who knows the degraded picture only has no rival that knows more; nobody has controls or ceilings.
  assert.deepEqual(
    RESULTS.leads.map(({ protocol, baseline }) => `${protocol}: ${baseline}`),
    ["blind: degraded", "paper: vote", "paper: degraded"],
  );
});

test("the table's order is not that of the measuring", () => {
  const { rows } = summarizeRestoration(
    entries([
      ["vote", "paper", "baseline", [1, 1]],
      ["model, paper", "paper", "model", [1, 1]],
      ["degraded", "blind", "baseline", [1, 1]],
      ["ceiling", "paper", "ceiling", [1, 1]],
      ["model, blind", "blind", "model", [1, 1]],
      ["random", "blind", "control", [1, 1]],
    ]),
  );
  assert.deepEqual(
    rows.map(({ system }) => system),
    ["model, blind", "model, paper", "random", "ceiling", "vote", "degraded"],
  );
});

test("the report says in words what the model does not beat", () => {
  const lines = tableMarkdown(restorationTable(RESULTS)).split("\n");
  assert.match(lines[0] ?? "", /^\| Task \| System \| Knows \| Images \| Tokens right \|/);
  assert.match(
    lines[2] ?? "",
    /^\| deblur \| model, blind \| the degraded picture \| 3 \| 60\.0% \(/,
  );
  assert.match(lines[4] ?? "", /random \(control\)/);
  assert.match(lines[5] ?? "", /ceiling \(ceiling\) \| the clean tokens/);
  const said = lines.slice(lines.indexOf("") + 1);
  assert.match(said[0] ?? "", /does not beat a baseline/);
  // 0.1 -+ 0.1132; PSNR is 20 times as much, SSIM half as much. Then -0.0667 -+ 1.96 * 0.0577 / sqrt(3).
  assert.equal(
    said[1],
    "- deblur, blind protocol, beside degraded: not clearly better in tokens right, +10.0 points " +
      "(-1.3 to +21.3); not clearly better in PSNR, +2.00 dB (-0.26 to +4.26); " +
      "not clearly better in SSIM, +0.050 (-0.007 to +0.107)",
  );
  assert.match(
    said[2] ?? "",
    /paper protocol, beside vote: worse in tokens right, -6\.7 points \(-13\.2 to -0\.1\);/,
  );
  // Degraded is beaten by the paper's protocol.
  assert.equal(said.length, 3);
});

test("a model that beats everything is said to", () => {
  const better = summarizeRestoration(
    entries([
      ["model", "blind", "model", [0.9, 0.8]],
      ["degraded", "blind", "baseline", [0.1, 0.1]],
    ]),
  );
  assert.match(tableMarkdown(restorationTable(better)), /beats every baseline in every figure/);
});
