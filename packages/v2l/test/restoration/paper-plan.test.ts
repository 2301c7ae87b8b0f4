import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Ids } from "@v2l/llm";
import { Random } from "@v2l/nn";
import { readJson, readNpy, rejects, skipWithout } from "@v2l/testing";
import {
  disturb,
  drawDisturbances,
  fillGrid,
  PAPER_RATES,
  type PaperImage,
  paperPlan,
  type Window,
} from "v2l";
import { SentencePieceFake } from "../tasks/sentencepiece-fake.js";

/** What the official denoising evaluation did with one image. */
interface Sample {
  readonly task: "deblur" | "shift" | "rotation" | "inpainting" | "outpainting";
  readonly step: number;
  readonly prompt_length: number;
  readonly global_token_num: number;
  readonly d_idx: Ids;
  readonly d_idx_trans: Ids;
  readonly draws: readonly {
    readonly rate: number;
    readonly count: number;
    readonly positions: Ids;
    readonly replacements: Ids;
  }[];
  readonly window_starts: Ids;
  readonly windows: readonly {
    readonly start: number;
    readonly query_tokens: Ids;
    readonly prompt_ids: Ids;
  }[];
}

const { denoising } = readJson<{ readonly denoising: readonly Sample[] }>("prompts.json");

/** The official replacements reach 32,000; the conformance tokenizer has 1,000 ids. */
const VOCABULARY = 32_000;
const size = { height: 16, width: 16 };

/** The centre of 8x8 cells, the lower half, or everything: what the official code predicts. */
function cellsOf(task: Sample["task"]): number[] {
  const all = [...Array(256).keys()];
  const inside = (at: number) => at >= 4 && at < 12;
  if (task === "inpainting") {
    return all.filter((cell) => inside(Math.floor(cell / 16)) && inside(cell % 16));
  }
  return task === "outpainting" ? all.slice(128) : all;
}

function imageOf(sample: Sample): PaperImage {
  return {
    size,
    globals: sample.global_token_num,
    clean: sample.d_idx,
    degraded: sample.d_idx_trans,
    disturbances: sample.draws,
    cells: cellsOf(sample.task),
    reads: sample.task.endsWith("painting") ? "before" : "same",
  };
}

/** The rule that stood in for the official predictions, see `prediction_rule` in the data. */
function predict(sample: Sample, window: Window, grid: Int32Array): void {
  const start = sample.global_token_num + (window.cells[0] as number);
  for (const [i, cell] of window.cells.entries()) {
    grid[cell] = (37 * start + (i === 0 ? 5 : 106)) % VOCABULARY;
  }
}

describe("the official restoration prompts", () => {
  test("there are five tasks of three windows", () => {
    assert.deepEqual(
      denoising.map(({ task, windows }) => [task, windows.length]),
      ["deblur", "shift", "rotation", "inpainting", "outpainting"].map((task) => [task, 3]),
    );
  });

  for (const sample of denoising) {
    const { task, global_token_num: globals } = sample;

    test(`${task}: window starts, queries and prompts are the official ones`, async () => {
      const waves = await paperPlan(new SentencePieceFake(), imageOf(sample), {
        context: sample.prompt_length,
        step: sample.step,
      });
      const windows = waves.flat();
      const starts = windows.map(({ cells }) => globals + (cells[0] as number));
      assert.deepEqual(starts, sample.window_starts);
      const grid = Int32Array.from(sample.d_idx_trans.slice(globals));
      let compared = 0;
      for (const [i, window] of windows.entries()) {
        const official = sample.windows.find(({ start }) => start === starts[i]);
        if (official) {
          assert.deepEqual([...grid], official.query_tokens.slice(globals));
          assert.deepEqual(window.ask(grid), { prompt: official.prompt_ids, allowed: null });
          compared++;
        }
        predict(sample, window, grid);
      }
      assert.equal(compared, 3);
    });

    test(`${task}: windows wait for each other only where they read predictions`, async () => {
      const waves = await paperPlan(new SentencePieceFake(), imageOf(sample));
      const largest = Math.max(...waves.map((wave) => wave.length));
      assert.equal(largest, task.endsWith("painting") ? 1 : 128);
    });

    const files = [`prompts/${task}_disturbed.npy`, `prompts/${task}_disturbed_trans.npy`];
    test(`${task}: all ten noisy copies are the official ones`, {
      skip: skipWithout(...files),
    }, () => {
      const [clean, degraded] = files.map((file) => [...readNpy(file).data]);
      assert.deepEqual(
        sample.draws.flatMap((draw) => disturb(sample.d_idx, draw)),
        clean,
      );
      assert.deepEqual(
        sample.draws.flatMap((draw) => disturb(sample.d_idx_trans, draw)),
        degraded,
      );
    });

    test(`${task}: our own draws have the official rates, counts and range`, () => {
      assert.deepEqual(
        PAPER_RATES,
        sample.draws.map(({ rate }) => rate),
      );
      const counts = { global: globals, local: 256, vocabulary: VOCABULARY };
      const drawn = drawDisturbances(counts, new Random(1));
      for (const [i, { positions, replacements }] of drawn.entries()) {
        assert.equal(positions.length, sample.draws[i]?.count);
        assert.equal(replacements.length, positions.length);
        assert.equal(new Set(positions).size, positions.length);
        assert.ok(positions.every((at) => at >= globals && at < globals + 256));
        assert.ok(replacements.every((id) => id >= 0 && id < VOCABULARY));
      }
      assert.deepEqual(drawDisturbances(counts, new Random(1)), drawn);
      assert.notDeepEqual(drawDisturbances(counts, new Random(2)), drawn);
    });
  }

  test("lists that do not fit the grid are refused", async () => {
    const image = imageOf(denoising[0] as Sample);
    const short = { ...image, degraded: image.degraded.slice(1) };
    await rejects(paperPlan(new SentencePieceFake(), short), "INVALID_ARGUMENT", "277 tokens");
  });
});

describe("filling a grid", () => {
  /** A fake of 2,000 tokens' context that answers with the last token of the query, plus one. */
  function counting() {
    return new SentencePieceFake({
      contextSize: 2000,
      script: (prompt, logits) => {
        logits[((prompt.at(-1) as number) + 1) % 1000] = 100;
      },
    });
  }
  /** Reads all cells before its own. */
  const window = (...cells: number[]) => ({
    cells,
    ask: (grid: Int32Array) => ({ prompt: [5, ...grid.slice(0, cells[0])], allowed: null }),
  });
  const plan = [[window(0, 1), window(2, 3)], [window(6)]];

  test("each wave reads what earlier ones filled in, and only that", async () => {
    const start = Int32Array.from([10, 20, 30, 40, 50, 60, 70]);
    const llm = counting();
    const steps = [];
    for await (const step of fillGrid(llm, start, plan, {})) steps.push(step);
    assert.deepEqual(
      steps.map(({ cells, tokens, done, total }) => [cells, tokens, done, total]),
      [
        // Window [0,1] reads [5]; window [2,3] reads [5, 10, 20]: not what [0,1] became.
        [[0, 1, 2, 3], [6, 7, 21, 22], 4, 5],
        [[6], [61], 5, 5],
      ],
    );
    assert.deepEqual([...(steps[0]?.grid ?? [])], [6, 7, 21, 22, 50, 60, 70]);
    assert.deepEqual(llm.calls[1]?.prompts, [[5, 6, 7, 21, 22, 50, 60]]);
    assert.deepEqual([...start], [10, 20, 30, 40, 50, 60, 70]);
    assert.ok(steps.every(({ logProbs }) => logProbs.every((one) => one > -1e-6 && one <= 0)));
  });

  test("the batch size changes the steps and not the result", async () => {
    const start = new Int32Array(7);
    const sampling = { temperature: 1, topP: 1, seed: 3 };
    const last = async (batchSize: number) => {
      let grid: readonly number[] = [];
      let steps = 0;
      for await (const step of fillGrid(counting(), start, plan, { batchSize, sampling })) {
        grid = [...step.grid];
        steps++;
      }
      return { grid, steps };
    };
    const [one, many] = [await last(1), await last(32)];
    assert.deepEqual(one.grid, many.grid);
    assert.deepEqual([one.steps, many.steps], [3, 2]);
  });

  test("an abort ends it with the signal's reason", async () => {
    const controller = new AbortController();
    const steps = fillGrid(counting(), new Int32Array(7), plan, {
      batchSize: 1,
      signal: controller.signal,
    });
    assert.equal((await steps.next()).value?.done, 2);
    controller.abort(new Error("enough"));
    await assert.rejects(steps.next(), /enough/);
  });
});
