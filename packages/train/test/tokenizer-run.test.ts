import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Random } from "@v2l/nn";
import { setThreads, torchAvailable } from "@v2l/torch";
import { openBundle, readSafetensors, savePng } from "v2l";
import { exportBundle, type TrainEvent, trainTokenizer } from "../src/index.js";
import { WIDTH, writeTinyFoundation } from "./tiny-foundation.js";

const torch = torchAvailable();
const skip = torch.available ? false : `libtorch is missing: ${torch.remedy}`;

/** A tokenizer that trains in seconds: 32 pixels, 16 cells, with every loss in use after step 2. */
const TINY = {
  imageSize: 32,
  model: {
    resolution: 32,
    ch: 8,
    chMult: [1, 1],
    numResBlocks: 1,
    attnResolutions: [],
    zChannels: 8,
    embedDim: WIDTH,
    normGroups: 4,
  },
  batch: 2,
  accumulate: 2,
  words: 3,
  perceptual: { kind: "clip" as const, layers: [0, 1] },
  schedule: { lr: 1e-3, warmupEpochs: 0.5, epochs: 3 },
  discStart: 2,
  checkpointEvery: 4,
  sampleEvery: 6,
};

describe("a tokenizer run on a folder of pictures", { skip }, () => {
  let folder: string;
  const fields = () => ({
    ...TINY,
    foundation: join(folder, "foundation"),
    cache: join(folder, "cache"),
    data: { kind: "folder" as const, path: join(folder, "pictures") },
  });
  const dir = (name: string) => join(folder, name);

  before(async () => {
    setThreads(2);
    folder = mkdtempSync(join(tmpdir(), "v2l-tokenizer-"));
    await writePictures(join(folder, "pictures"));
    await writeTinyFoundation(join(folder, "foundation"));
    await trainTokenizer(fields(), { dir: dir("whole") });
  });
  after(() => rmSync(folder, { recursive: true }));

  test("logs every loss, the learning rate, the codebook's use and the discriminator", () => {
    type Line = Record<string, unknown>;
    const lines = logged(dir("whole")).map((line) => JSON.parse(line) as Line);
    assert.equal(lines.length, 6); // 3 epochs of 8 pictures, 4 per step
    const [first, last] = [lines[0], lines[5]] as [Line, Line];
    assert.deepEqual([first.discriminator, first.d, first.d_weight], [false, null, null]);
    assert.equal(last.discriminator, true);
    for (const name of ["loss", "rec", "q", "p", "g", "d", "d_weight", "lr", "perplexity"]) {
      assert.equal(typeof last[name], "number", name);
    }
  });

  test("trains a decoder alone from another run's weights: pictures keep their tokens", async () => {
    const init = join(dir("whole"), "tokenizer.safetensors");
    await trainTokenizer({ ...fields(), init, lockEncoder: true }, { dir: dir("decoder") });
    const weights = async (run: string) => {
      return (await readSafetensors(join(dir(run), "tokenizer.safetensors"))).weights;
    };
    const [before, after] = [await weights("whole"), await weights("decoder")];
    const same = (name: string) => {
      const [one, other] = [before.get(name), after.get(name)];
      return one !== undefined && Buffer.from(one.bytes).equals(other?.bytes ?? Buffer.alloc(0));
    };
    const kept = /^(encoder|quant_conv|codebook_projection)\./;
    for (const name of before.keys()) if (kept.test(name)) assert.ok(same(name), name);
    assert.ok(!same("decoder.conv_out.weight") && !same("post_quant_conv.weight"));
  });

  test("is resumed to the same losses and weights to the last bit", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const onEvent = (event: TrainEvent) => {
      if (event.type === "step" && event.step === 3) controller.abort();
    };
    await trainTokenizer(fields(), { dir: dir("cut"), signal, onEvent });
    await trainTokenizer(fields(), { dir: dir("cut"), resume: true });
    assert.deepEqual(logged(dir("cut")), logged(dir("whole")));
    for (const file of ["tokenizer.safetensors", "discriminator.safetensors"]) {
      const [a, b] = ["cut", "whole"].map((name) => readFileSync(join(dir(name), file)));
      assert.ok((a as Buffer).equals(b as Buffer), file);
    }
  });

  test("can learn without the codebook first, and quantises after that", async () => {
    const late = { ...fields(), quantizeAfter: 2 };
    await trainTokenizer(late, { dir: dir("late") });
    const lines = logged(dir("late")).map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      lines.map(({ q, codes }) => [q === 0, codes === undefined]),
      [true, true, false, false, false, false].map((without) => [without, without]),
    );
  });

  test("computes CLIP's features once", async () => {
    const [file] = readdirSync(join(folder, "cache")).filter((name) => name.startsWith("clip-"));
    const bytes = readFileSync(join(folder, "cache", file as string)).length;
    assert.equal(bytes, 8 * (16 + 4 * WIDTH)); // eight pictures, key and features each
  });

  test("writes its reconstructions as pictures", () => {
    assert.ok(readdirSync(dir("whole")).includes("sample-000006.png"));
  });

  test("is exported as a bundle in half precision with a model card", async () => {
    await exportBundle(dir("bundle"), { name: "tiny", run: dir("whole") });
    const bundle = await openBundle(dir("bundle"));
    const { dtype } = (await bundle.tokenizer()).get("decoder.conv_out.weight") ?? {};
    assert.equal(dtype, "float16");
    assert.match(readFileSync(join(dir("bundle"), "README.md"), "utf8"), /# tiny: a V2L tokenizer/);
  });

  test("says which folder is missing", async () => {
    const missing = { ...fields(), data: { kind: "folder" as const, path: dir("nowhere") } };
    await assert.rejects(trainTokenizer(missing, { dir: dir("never") }), {
      code: "FILE_NOT_FOUND",
    });
    await assert.rejects(
      trainTokenizer({ ...fields(), foundation: dir("nowhere") }, { dir: dir("never") }),
      { code: "FILE_NOT_FOUND", message: /a folder with CLIP and codebooks/ },
    );
    assert.ok(!readdirSync(folder).includes("never"));
  });
});

async function writePictures(path: string): Promise<void> {
  for (let i = 0; i < 8; i++) {
    const random = new Random(i);
    const data = Uint8Array.from({ length: 40 * 36 * 3 }, () => random.integer(256));
    await savePng(join(path, i % 2 === 0 ? "even" : "odd", `${i}.png`), {
      width: 40,
      height: 36,
      data,
    });
  }
}

/** The lines of the log without their times. */
function logged(path: string): string[] {
  const lines = readFileSync(join(path, "log.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const { seconds: _, ...rest } = JSON.parse(line) as { seconds: number };
    return JSON.stringify(rest);
  });
}
