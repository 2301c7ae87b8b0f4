import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import {
  type BlindPlanOptions,
  blindFrame,
  centreMask,
  FILL_ORDERS,
  type FillPlan,
  fillGrid,
  framedPrompt,
  hiddenPlans,
  lowerHalfMask,
  maskWhere,
  translationPlan,
  type WindowQuestion,
  wholeMask,
} from "v2l";

const size = { height: 8, width: 8 };
const mask = centreMask(size, 4);
const llm = new FakeLanguageModel({ contextSize: 2000 });

/** A grid of stripes: token 100 + column. */
const stripes = Int32Array.from({ length: 64 }, (_, cell) => 100 + (cell % 8));
/** Tokens of the hidden cells that nobody may see. */
const SECRET = 90;
const secret = stripes.map((token, cell) => (mask.hidden[cell] === 1 ? SECRET : token));

/** The questions of a plan, every prediction being token `written`. */
function questionsOf(plan: FillPlan, start: Int32Array, written: number): WindowQuestion[] {
  const grid = start.slice();
  return plan.flatMap((wave) => {
    const questions = wave.map((window) => window.ask(grid));
    for (const { cells } of wave) for (const cell of cells) grid[cell] = written;
    return questions;
  });
}

describe("plans for hidden cells", () => {
  const own = { read: secret, right: secret, mask };
  const other = { read: stripes, right: stripes };

  for (const order of FILL_ORDERS) {
    test(`${order}: no prompt holds anything of a hidden cell, and no candidate does`, async () => {
      const plans = await hiddenPlans(llm, mask, [own, other], { order, candidates: "seen" });
      assert.equal(plans.length, order === "vote" ? 4 : 1);
      for (const plan of plans) {
        const questions = questionsOf(plan, secret, 80);
        assert.ok(questions.length >= 8);
        for (const { prompt, allowed } of questions) {
          assert.ok(!prompt.includes(SECRET));
          assert.deepEqual(allowed, [100, 101, 102, 103, 104, 105, 106, 107]);
        }
      }
    });
  }

  test("a prompt shows what followed the most similar places, the most similar last", async () => {
    const options = { order: "raster", context: 3, step: 1, examples: 2 } as const;
    const [plan] = await hiddenPlans(llm, mask, [own, other], options);
    const first = plan?.[0]?.[0]?.ask(secret).prompt;
    // Cell 2 of row 2 reads 107 (end of row 1), 100, 101. In stripes 102 follows these everywhere.
    const frame = await blindFrame(llm);
    const example = { input: [107, 100, 101], output: [102] };
    assert.deepEqual(first, framedPrompt(frame, [example, example], [107, 100, 101]));
  });

  test("similar is what agrees near the window", async () => {
    // Rows end in 1 2 X: the nearest tokens decide which X, not how many agree.
    const rows = [
      [9, 9, 9, 2, 50, 0, 0, 0],
      [7, 7, 7, 8, 60, 0, 0, 0],
    ];
    const right = Int32Array.from([...rows.flat(), ...new Array<number>(48).fill(0)]);
    const lesson = { read: right, right };
    const options = {
      order: "raster",
      context: 4,
      step: 1,
      examples: 1,
      candidates: "all",
    } as const;
    const hidden = Uint8Array.from({ length: 64 }, (_, cell) => Number(cell === 4));
    const [plan] = await hiddenPlans(llm, { ...size, hidden }, [lesson], options);
    const query = Int32Array.from([7, 5, 7, 2, ...new Array<number>(60).fill(0)]);
    const frame = await blindFrame(llm);
    const shown = { input: [9, 9, 9, 2], output: [50] };
    // 2 at distance 1 weighs 1; 7 at distances 2 and 4 weighs 1/2 and 1/4.
    const question = plan?.[0]?.[0]?.ask(query);
    assert.deepEqual(question?.prompt, framedPrompt(frame, [shown], [7, 5, 7, 2]));
    assert.equal(question?.allowed, null);
  });

  test("spread examples give all prompts of a way the same beginning", async () => {
    const options = { order: "raster", choose: "spread", examples: 3 } as const;
    const [plan] = await hiddenPlans(llm, mask, [own, other], options);
    const questions = questionsOf(plan as FillPlan, secret, 80);
    const query = 16 + (await blindFrame(llm)).output.length;
    const beginnings = questions.map(({ prompt }) => prompt.slice(0, -query).join());
    assert.equal(new Set(beginnings).size, 1);
    assert.ok((beginnings[0] as string).length > 100);
  });

  test("examples in common give the prompts of a wave that read alike the same beginning", async () => {
    const options = { order: "border", choose: "common", examples: 3 } as const;
    const [plan] = await hiddenPlans(llm, mask, [own, other], options);
    const [wave = []] = plan as FillPlan;
    const { input } = await blindFrame(llm);
    const starts = wave.map((window) => {
      const { prompt } = window.ask(secret);
      return prompt.slice(0, prompt.lastIndexOf(input[0] as number)).join();
    });
    // Border windows look from four sides; those of one side and length share their examples.
    assert.ok(new Set(starts).size <= 8 && new Set(starts).size < wave.length, `${starts.length}`);
  });

  test("a way that would begin inside the hidden region does not vote", async () => {
    const lower = lowerHalfMask(size);
    const plans = await hiddenPlans(llm, lower, [{ ...own, mask: lower }], { order: "vote" });
    // Backwards, the first cell is the hidden one at the lower right.
    assert.equal(plans.length, 2);
  });

  test("candidates may be those that the prompt itself shows", async () => {
    const options = { order: "raster", context: 3, step: 1, examples: 2 } as const;
    const plans = await hiddenPlans(llm, mask, [own, other], { ...options, candidates: "shown" });
    // The outputs are 102, the query is 107, 100, 101.
    assert.deepEqual(plans[0]?.[0]?.[0]?.ask(secret).allowed, [100, 101, 102, 107]);
    // Where nothing is known before the first cell and no example is given, nothing is shown.
    const corner = maskWhere(size, (row, column) => row + column === 0);
    const lesson = { read: stripes, right: stripes };
    const none = { ...options, candidates: "shown", examples: 0 } as const;
    const [bare] = await hiddenPlans(llm, corner, [lesson], none);
    assert.equal(bare?.[0]?.[0]?.ask(stripes).allowed?.length, 8);
  });

  test("what cannot be is refused", async () => {
    const all = wholeMask(size);
    await rejects(hiddenPlans(llm, all, [own]), "INVALID_ARGUMENT", "hides some cells");
    const nothing = [{ ...own, mask: all }];
    await rejects(hiddenPlans(llm, mask, nothing), "INVALID_ARGUMENT", "nothing");
    const wrong: BlindPlanOptions[] = [{ step: 0 }, { context: 0.5 }, { examples: -1 }];
    for (const options of wrong) {
      const [name = ""] = Object.keys(options);
      await rejects(hiddenPlans(llm, mask, [own], options), "INVALID_ARGUMENT", name);
    }
  });
});

describe("plans that translate a grid", () => {
  // A cipher: every degraded token is the clean one plus 20, and everything is mirrored.
  const source = (cell: number) => 8 * Math.floor(cell / 8) + 7 - (cell % 8);
  const clean = Int32Array.from({ length: 64 }, (_, cell) => 20 + (cell % 8));
  const damaged = Int32Array.from({ length: 64 }, (_, cell) => 40 + 7 - (cell % 8));
  const lesson = { read: damaged, right: clean };

  test("windows read the degraded tokens of their own place, in one wave", async () => {
    const plan = await translationPlan(llm, wholeMask(size), damaged, [lesson], source, {
      choose: "similar",
      examples: 1,
    });
    assert.deepEqual(
      plan.map((wave) => wave.length),
      [32],
    );
    const frame = await blindFrame(llm);
    const shown = { input: [42, 43], output: [22, 23] };
    const [, second] = plan[0] ?? [];
    assert.deepEqual(second?.cells, [2, 3]);
    assert.deepEqual(second?.ask(clean), {
      prompt: framedPrompt(frame, [shown], [42, 43]),
      allowed: [22, 23, 42, 43],
    });
  });

  test("by default examples are the same for all windows; masked cells of a lesson are not shown", async () => {
    const left = maskWhere(size, (_, column) => column < 4);
    const lessons = [{ ...lesson, mask: left }];
    const plan = await translationPlan(llm, wholeMask(size), damaged, lessons, source);
    const { input, output } = await blindFrame(llm);
    const query = input.length + 2 + output.length;
    const shown = (plan[0] ?? []).map((window) => window.ask(clean).prompt.slice(0, -query));
    assert.equal(shown.length, 32);
    assert.equal(new Set(shown.map(String)).size, 1);
    // Columns 4 to 7 of the lesson in windows of two: two different pairs, of clean tokens 24 to 27.
    const clear = (shown[0] ?? []).filter((id) => id >= 20 && id < 28);
    assert.deepEqual(clear.sort(), [24, 25, 26, 27]);
  });

  test("a model that follows the examples undoes the damage", async () => {
    // Copies, after an input, the output that followed the same input last.
    const reader = new FakeLanguageModel({
      contextSize: 2000,
      script: (prompt, logits) => {
        const tokens = prompt.filter((id) => id >= 20 && id < 60);
        const at = tokens.length - (tokens.length % 4 === 2 ? 2 : 3);
        const query = tokens.slice(at, at + 2).join();
        for (let i = 0; i < at; i += 4) {
          if (tokens.slice(i, i + 2).join() !== query) continue;
          logits[tokens[i + 2 + tokens.length - at - 2] as number] = 100;
        }
      },
    });
    const options = { choose: "similar", examples: 2, candidates: "all" } as const;
    const plan = await translationPlan(reader, wholeMask(size), damaged, [lesson], source, options);
    let grid: Int32Array = damaged;
    for await (const step of fillGrid(reader, damaged, plan)) grid = step.grid;
    assert.deepEqual(grid, clean);
  });
});

import { rejects } from "@v2l/testing";
