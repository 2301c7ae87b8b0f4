import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fromFloat32, initialize, toFloat32, tokenizerNetwork } from "@v2l/nn";
import { rejects, TINY_TOKENIZER, temporaryFolder } from "@v2l/testing";
import {
  fromData,
  noGrad,
  scope,
  setThreads,
  type Tensor,
  TorchOps,
  tensor,
  torchAvailable,
} from "@v2l/torch";
import { chosenArms, tokenizerArms } from "../src/ablation/arms.js";
import { ablateTokenizer, ablationTable, type TrainEvent } from "../src/index.js";
import { randomCodebook } from "../src/tokenizer/random-codebook.js";
import { writeTinyFoundation } from "./tiny-foundation.js";

const torch = torchAvailable();
const skip = torch.available ? false : `libtorch is missing: ${torch.remedy}`;

const names = (parts: Parameters<typeof tokenizerNetwork>[1]) => {
  return tokenizerNetwork(TINY_TOKENIZER, parts).params.map(({ name }) => name);
};

test("parts that are left out have no weights, and all others stay", () => {
  const all = names({});
  const without = (prefix: string) => all.filter((name) => !name.startsWith(prefix));
  assert.deepEqual(names({ crossAttention: false }), without("decoder.mid.cross_attn_1."));
  assert.deepEqual(names({ projector: false }), without("codebook_projection."));
  assert.deepEqual(names({ normalize: false }), all);
  assert.ok(without("decoder.mid.cross_attn_1.").length < all.length);
});

test("without cross attention the words count for nothing, without projector the codebook stays", {
  skip,
}, () => {
  noGrad(() =>
    scope(() => {
      const network = tokenizerNetwork(TINY_TOKENIZER, { crossAttention: false, projector: false });
      const weights = initialize(network.params, 1);
      const run = {
        ops: new TorchOps(),
        training: false,
        weight: ({ name }: { name: string }) => fromData(weights.get(name) as never) as Tensor,
      };
      const latent = tensor(new Float32Array(8 * 64).fill(0.5), [1, 8, 8, 8]);
      const words = (value: number) => tensor(new Float32Array(3 * 8).fill(value), [1, 3, 8]);
      const pictures = [1, 2].map((value) => network.decode(run, latent, words(value)));
      const [a, b] = pictures.map((picture) => picture.toFloat32Array());
      assert.deepEqual(a, b);
      const codebook = tensor(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]), [1, 8]);
      assert.deepEqual(
        network.projectCodebook(run, codebook).toFloat32Array(),
        codebook.toFloat32Array(),
      );
    }),
  );
});

test("a random codebook has rows of the same root mean square length, by the seed", () => {
  const given = fromFloat32(
    Float32Array.from({ length: 4000 }, (_, i) => 3 + (i % 2)),
    [500, 8],
  );
  const values = toFloat32(randomCodebook(given, 1));
  const meanSquare = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  // Of threes and fours 12.5; 4,000 squares of normal numbers are off by 2.2% (a standard error).
  assert.ok(Math.abs(meanSquare / 12.5 - 1) < 0.1, String(meanSquare));
  assert.deepEqual(toFloat32(randomCodebook(given, 1)), values);
  assert.notDeepEqual(toFloat32(randomCodebook(given, 2)), values);
});

test("arms are chosen by name, and the base is always one of them", async () => {
  const chosen = chosenArms(tokenizerArms(0), ["GAN term", "no projector"]);
  assert.deepEqual(
    chosen.map(({ name }) => name),
    ["base", "no projector", "GAN term"],
  );
  const wrong = async () => chosenArms(tokenizerArms(0), ["no"]);
  await rejects(wrong(), "INVALID_ARGUMENT", "another seed");
});

test("each arm is trained and measured once, beside the base on the same scenes", {
  skip,
}, async (t) => {
  setThreads(2);
  const folder = temporaryFolder(t);
  const foundation = join(folder, "foundation");
  await writeTinyFoundation(foundation);
  const config = {
    foundation,
    cache: join(folder, "cache"),
    pictures: 8,
    steps: 4,
    scenes: 6,
    split: "test",
    only: ["no cross attention", "random codebook"],
    seed: 3,
    threads: 2,
  } as const;
  let steps = 0;
  const onEvent = (event: TrainEvent) => {
    if (event.type === "step") steps += 1;
  };
  const dir = join(folder, "arms");
  const results = await ablateTokenizer(config, { dir, onEvent });
  assert.deepEqual(
    results.map(({ arm }) => arm),
    ["base", "no cross attention", "random codebook"],
  );
  assert.equal(steps, 3 * config.steps);
  const [base, ...others] = results;
  assert.equal(base?.psnr.difference, null);
  for (const { psnr, ssim, clip, usage } of others) {
    for (const score of [psnr, ssim, clip]) {
      const { mean, interval } = score.difference as NonNullable<typeof score.difference>;
      assert.ok(interval.low <= mean && mean <= interval.high);
    }
    assert.ok(Math.abs(psnr.mean - (base?.psnr.mean ?? 0) - (psnr.difference?.mean ?? 0)) < 1e-9);
    assert.ok(usage.effective >= 1 && usage.effective <= 64);
  }
  assert.notEqual(others[0]?.psnr.mean, base?.psnr.mean);
  assert.equal(ablationTable(results).rows.length, 3);
  // Again: nothing is trained, and the figures are the same. A lost measurement is made anew.
  rmSync(join(dir, "base", "test-6-scores.json"));
  assert.deepEqual(await ablateTokenizer(config, { dir, onEvent }), results);
  assert.equal(steps, 3 * config.steps);
  await rejects(ablateTokenizer({ ...config, steps: 5 }, { dir }), "RESUME_MISMATCH");
});
