import assert from "node:assert/strict";
import { test } from "node:test";
import { conformance, readJson, skipWithout } from "@v2l/testing";
import { readCheckpoint } from "../src/index.js";
import { valuesOf } from "./values.js";

interface ExpectedTensor {
  dtype: string;
  shape: number[];
  first: number[];
  sum: number;
}

/** Written by the official environment's PyTorch from the same tensors (conformance/README.md, 1). */
const expectations = () => readJson<Record<string, ExpectedTensor>>("checkpoint-state-dict.json");

function path(file: string): string {
  return conformance(file) as string;
}

async function compare(file: string, names: readonly string[]): Promise<void> {
  const { weights } = await readCheckpoint(path(file));
  assert.deepEqual([...weights.keys()].sort(), [...names].sort());
  for (const name of names) {
    const tensor = weights.get(name);
    const wanted = expectations()[name];
    assert.ok(tensor && wanted, name);
    const values = valuesOf(tensor);
    assert.equal(tensor.dtype, wanted.dtype.replace("torch.", ""), name);
    assert.deepEqual(tensor.shape, wanted.shape, name);
    assert.deepEqual(values.slice(0, 24), wanted.first.map(Number), name);
    const sum = values.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - wanted.sum) <= 1e-9 * Math.max(1, Math.abs(wanted.sum)), name);
  }
}

test("every tensor of the old format has the values PyTorch saved", async () => {
  const names = Object.keys(expectations());
  assert.equal(names.length, 18);
  await compare("checkpoint-state-dict.pth", names);
});

test("every tensor of the zip format has the values PyTorch saved", async () => {
  const names = Object.keys(expectations()).filter((name) => name.startsWith("extra."));
  assert.equal(names.length, 11);
  await compare("checkpoint-extras-zip.pth", names);
});

test("plain values beside the tensors are kept", async () => {
  const checkpoint = await readCheckpoint(path("checkpoint-state-dict.pth"));
  assert.equal(checkpoint.container, "state_dict");
  // The numbers given to torch.save when the file was made.
  assert.deepEqual(checkpoint.metadata, { epoch: 10 });
  assert.deepEqual(checkpoint.args, {
    lr: 4.5e-4,
    min_lr: 0,
    use_cblinear: 1,
    output_dir: "log",
    nothing: null,
    flag: true,
    big: 12345678901,
  });
});

test("only the selected tensors are read", async () => {
  const { weights, skipped } = await readCheckpoint(path("checkpoint-extras-zip.pth"), {
    select: (name) => name === "extra.bool",
  });
  assert.deepEqual([...weights.keys()], ["extra.bool"]);
  assert.equal(skipped.length, 10);
});

test("the official checkpoint holds exactly the official keys, shapes and precisions", {
  skip: skipWithout("checkpoint-last.pth", "checkpoint-last-discriminator.pth"),
}, async () => {
  const keys =
    readJson<Record<string, { shape: number[]; dtype: string; stored_in: string }>>(
      "checkpoint-keys.json",
    );
  for (const file of ["checkpoint-last.pth", "checkpoint-last-discriminator.pth"]) {
    const { weights, container } = await readCheckpoint(path(file));
    assert.equal(container, "model");
    const found = [...weights].map(([name, { shape, dtype }]) => [name, { shape, dtype }]);
    const wanted = Object.entries(keys)
      .filter(([, key]) => key.stored_in === file)
      .map(([name, { shape, dtype }]) => [name, { shape, dtype }]);
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(wanted));
  }
});

test("half precision codebooks keep their precision", {
  skip: skipWithout("local_codebook_embedding.pth", "global_codebook_embedding.pth"),
}, async () => {
  for (const [file, rows] of [
    ["local_codebook_embedding.pth", 512],
    ["global_codebook_embedding.pth", 300],
  ] as const) {
    const { weights, container } = await readCheckpoint(path(file));
    assert.equal(container, "tensor");
    const tensor = weights.get("tensor");
    assert.ok(tensor);
    assert.deepEqual([tensor.dtype, tensor.shape], ["float16", [rows, 768]]);
    const values = valuesOf(tensor);
    for (let row = 0; row < rows; row++) {
      const norm = Math.hypot(...values.slice(row * 768, (row + 1) * 768));
      // conformance/README.md, 1: row norms 0.78 to 0.82.
      assert.ok(norm > 0.779 && norm < 0.821, `${file} row ${row}: ${norm}`);
    }
  }
});
