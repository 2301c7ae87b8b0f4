import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import { rejects } from "@v2l/testing";
import {
  centreMask,
  type Image,
  maskWhere,
  RESTORATION_TASKS,
  type Restoration,
  type RestoreOptions,
  readReferences,
  restore,
  restoreStepwise,
  type V2L,
} from "v2l";
import { loadParts, picture, tinyPartsFor } from "../v2l/tiny-v2l.js";

const grid = { height: 8, width: 8 };
const mask = centreMask(grid, 4);

/** A new fake; its vocabulary is that of the bundle. */
function model() {
  return new FakeLanguageModel({ contextSize: 2000 });
}

describe("restoration", () => {
  const folder = mkdtempSync(join(tmpdir(), "v2l-restore-"));
  let v2l: V2L;

  before(async () => {
    const { pieces } = await model().vocabulary();
    v2l = await loadParts(join(folder, "bundle"), tinyPartsFor(pieces));
  });
  after(async () => {
    await v2l.dispose();
    rmSync(folder, { recursive: true });
  });

  /** The picture with other pixels in the hidden cells, each 2x2 pixels. */
  function scribbled(image: Image): Image {
    const data = image.data.map((value, i) => {
      const [row, column] = [Math.floor(i / 48) >> 1, Math.floor((i % 48) / 3) >> 1];
      return mask.hidden[row * 8 + column] === 1 ? 255 - value : value;
    });
    return { ...image, data };
  }

  for (const task of RESTORATION_TASKS) {
    test(`${task}: the blind protocol restores a whole image`, async () => {
      const references = await readReferences(v2l, [picture(16, 16, 5), picture(30, 20, 6)], task);
      const llm = model();
      const progress: number[] = [];
      const result = await restore(v2l, llm, picture(16, 16, 1), task, {
        references,
        batchSize: 4,
        onProgress: (done, total) => progress.push(done / total),
      });
      const { tokens, logProbs, restored, original, degraded } = result;
      assert.deepEqual([restored.width, restored.height, degraded.width], [16, 16, 16]);
      assert.equal(original, null);
      const written = [...logProbs].map((one) => Number(!Number.isNaN(one)));
      assert.deepEqual(written, [...result.mask.hidden]);
      assert.ok([...logProbs].every((one) => Number.isNaN(one) || one <= 0));
      assert.deepEqual(restored, await v2l.decode(tokens));
      assert.equal(progress.at(-1), 1);
      assert.ok(progress.length > 1);
      assert.equal(llm.calls.length, progress.length);
    });

    test(`${task}: the paper's protocol restores a whole image`, async () => {
      const image = picture(24, 16, 1);
      const result = await restore(v2l, model(), image, task, { protocol: "paper", seed: 3 });
      const again = await restore(v2l, model(), image, task, {
        protocol: "paper",
        seed: 3,
        batchSize: 1,
      });
      assert.deepEqual(result.tokens, again.tokens);
      assert.notEqual(result.original, null);
      const cells = result.mask.hidden.reduce((sum, one) => sum + one, 0);
      assert.equal(cells, { inpainting: 16, outpainting: 32 }[task as string] ?? 64);
      const { globalTokens } = await v2l.encode(result.original as Image);
      assert.deepEqual(result.tokens.globalTokens, globalTokens);
    });
  }

  test("nothing that the model reads in the blind protocol depends on hidden pixels", async () => {
    const image = picture(16, 16, 2);
    const other = scribbled(image);
    assert.notDeepEqual(other.data, image.data);
    const references = await readReferences(v2l, [picture(16, 16, 5)], "inpainting", { mask });
    for (const options of [{ order: "vote" }, { references }] as const) {
      const readOf = async (one: Image) => {
        const llm = model();
        const { tokens } = await restore(v2l, llm, one, "inpainting", { mask, ...options });
        return { calls: llm.calls, tokens };
      };
      assert.deepEqual(await readOf(image), await readOf(other));
    }
    const paper = async (one: Image) => {
      const llm = model();
      await restore(v2l, llm, one, "inpainting", { mask, protocol: "paper" });
      return llm.calls;
    };
    assert.notDeepEqual(await paper(image), await paper(other));
  });

  test("references must be damaged where the image is", async () => {
    const references = await readReferences(v2l, [picture(16, 16, 5)], "inpainting");
    const rows = maskWhere(grid, (row) => row < 2);
    await rejects(
      restore(v2l, model(), picture(16, 16, 2), "inpainting", { mask: rows, references }),
      "INVALID_ARGUMENT",
      "`readReferences`",
    );
  });

  test("hidden cells are read where they are painted over, or from what is before them", async () => {
    const references = await readReferences(v2l, [picture(16, 16, 5)], "inpainting");
    const image = picture(16, 16, 2);
    const promptsOf = async (options: RestoreOptions) => {
      const llm = model();
      await restore(v2l, llm, image, "inpainting", options);
      return llm.calls;
    };
    const same = await promptsOf({ references });
    const before = await promptsOf({ references, reads: "before" });
    assert.notDeepEqual(same, before);
    assert.deepEqual(same, await promptsOf({ references, reads: "same" }));
    assert.deepEqual(await promptsOf({}), await promptsOf({ reads: "before" }));
    // Without references nothing shows what painting over does.
    await rejects(promptsOf({ reads: "same" }), "INVALID_ARGUMENT", "something to show");
  });

  test("the steps show the grid fill in and end with the whole", async () => {
    const steps = restoreStepwise(v2l, model(), picture(16, 16, 3), "inpainting", {
      mask,
      order: "raster",
    });
    const start = (await v2l.encode(picture(16, 16, 3))).localTokens.grid.length;
    let filled = 0;
    let last: Int32Array | null = null;
    let result: Restoration | null = null;
    for (;;) {
      const { done, value } = await steps.next();
      if (done) {
        result = value;
        break;
      }
      filled += value.cells.length;
      assert.equal(value.done, filled);
      assert.equal(value.grid.length, start);
      const { globalTokens } = value;
      const seen = await v2l.decode({ localTokens: { grid: value.grid }, globalTokens });
      assert.equal(seen.width, 16);
      last = value.grid;
    }
    assert.equal(filled, 16);
    assert.deepEqual(result.tokens.localTokens.grid, last);
  });

  test("known pixels are pasted back outside the mask, and only there", async () => {
    const image = picture(16, 16, 4);
    const plain = await restore(v2l, model(), image, "inpainting", { mask });
    const pasted = await restore(v2l, model(), image, "inpainting", { mask, paste: true });
    for (let i = 0; i < image.data.length; i++) {
      const [row, column] = [Math.floor(i / 48) >> 1, Math.floor((i % 48) / 3) >> 1];
      const hidden = mask.hidden[row * 8 + column] === 1;
      assert.equal(pasted.restored.data[i], (hidden ? plain.restored : image).data[i]);
    }
  });

  test("a shifted picture is moved back, and the cells that it leaves are hidden", async () => {
    const image = picture(16, 16, 5);
    const shift = { right: 1, down: 2 };
    const { mask: cells, degraded } = await restore(v2l, model(), image, "shift", { shift });
    assert.deepEqual(
      cells,
      maskWhere(grid, (row, column) => row < 2 || column < 1),
    );
    // A token is 2x2 pixels: pixel (0,0) is now at row 4, column 2.
    const at = (row: number, column: number) => (row * 16 + column) * 3;
    assert.deepEqual(
      degraded.data.slice(at(4, 2), at(4, 16)),
      image.data.slice(at(0, 0), at(0, 14)),
    );
    const none = { shift: { right: 0, down: 0 } };
    await rejects(restore(v2l, model(), image, "shift", none), "INVALID_ARGUMENT", "above 0");
  });

  test("an abort ends it, and a model of another vocabulary is refused", async () => {
    const image = picture(16, 16, 6);
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("enough"));
    const options = { mask, batchSize: 1, signal: controller.signal, onProgress };
    await assert.rejects(restore(v2l, model(), image, "inpainting", options), /enough/);
    const stranger = new FakeLanguageModel({ pieces: ["<unk>", "<s>", "</s>", "a"] });
    await rejects(restore(v2l, stranger, image, "deblur"), "VOCABULARY_MISMATCH", "4 tokens");
  });
});
