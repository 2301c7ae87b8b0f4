import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { aten, call, TorchError, tensor } from "@v2l/torch";
import { skip } from "./support.js";

test("wrong shapes name the operator and the shapes it got", { skip }, () => {
  const x = tensor(new Float32Array(12), [1, 3, 2, 2]);
  const weight = tensor(new Float32Array(8), [2, 4, 1, 1]);
  assert.throws(
    () => aten.conv2d(x, weight),
    (error) =>
      error instanceof TorchError &&
      error.code === "OPERATOR_FAILED" &&
      error.message.startsWith(
        "aten::conv2d(input: float32[1, 3, 2, 2], weight: float32[2, 4, 1, 1]): ",
      ) &&
      !error.message.includes("Exception raised from"),
  );
});

const x = skip ? null : tensor([1, 2], [2]);
const WRONG: readonly [string, unknown[], RegExp][] = [
  ["add.Tensor", [x, 3], /Expected a Tensor for `other` but received 3$/],
  ["add.Tensor", [x], /Expected Tensor for `other` but received nothing$/],
  ["relu", [x, x], /Expected at most 1 arguments but received 2$/],
  ["relu", [null], /Expected a Tensor for `self` but received null$/],
  ["softmax.int", [x, 0.5], /Expected an integer \(int\) for `dim` but received 0.5$/],
  ["softmax.int", [x, "0"], /for `dim` but received "0"$/],
  ["softmax.int", [x, 0, "float31"], /for `dtype` but received "float31"$/],
  ["reshape", [x, 2], /Expected an array .* for `shape` but received 2$/],
  ["reshape", [x, [1, "2"]], /Expected an integer .* for `shape` but received "2"$/],
  ["cat", [[x, {}]], /Expected a Tensor for `tensors` but received an object$/],
  ["cat", [x], /Expected an array .* for `tensors` but received float32\[2\]$/],
  ["argmin", [x, null, 1], /Expected a boolean \(bool\) for `keepdim` but received 1$/],
  ["mul.Scalar", [x, Symbol("s")], /for `other` but received a symbol$/],
  ["normal_", [x, 0, 1, {}], /Expected null: seed with manualSeed\(\) \(Generator\?\)/],
];

for (const [name, args, message] of WRONG) {
  test(`${name} refuses: ${message.source}`, { skip }, () => {
    assert.throws(() => call(name, ...args), {
      name: "TorchError",
      code: "INVALID_ARGUMENT",
      message,
    });
  });
}

test("cyclic arrays and throwing getters do not harm", { skip }, () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  assert.throws(() => call("cat", cycle), { code: "INVALID_ARGUMENT" });
  const trap = new Proxy([], {
    get(_, key) {
      if (key === "length") return 1;
      throw new RangeError("trap");
    },
  });
  assert.throws(() => call("cat", trap));
});

test("an operator that does not exist is named with the version", { skip }, () => {
  assert.throws(() => call("add.Tensro", x), {
    code: "UNKNOWN_OPERATOR",
    message: /libtorch \d+\.\d+.*"aten::add\.Tensro"/,
  });
});

test("optional tensors, missing ones in lists, scalars and tuples convert", { skip }, () => {
  const m = tensor([1, 2, 3, 4], [2, 2]);
  const rows = tensor(new BigInt64Array([1n]), [1]);
  const picked = call("index.Tensor", m, [null, rows]) as typeof m;
  assert.deepEqual([...picked.toFloat32Array()], [2, 4]);
  assert.equal(call("equal", m, m), true);
  assert.equal(call("size.int", m, 1), 2);
  const parts = call("split.Tensor", m, 1, 0) as (typeof m)[];
  assert.deepEqual(
    parts.map((part) => part.shape),
    [
      [1, 2],
      [1, 2],
    ],
  );
  // Whole numbers are integer scalars: int64 stays int64, and 0.5 does not.
  assert.equal(aten.mulScalar(rows, 2).dtype, "int64");
  assert.equal(aten.mulScalar(rows, 0.5).dtype, "float32");
});

test("without the addon the package loads, and says how to get it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "v2l-torch-"));
  try {
    const source = fileURLToPath(new URL("../src", import.meta.url));
    cpSync(source, join(folder, "dist/src"), { recursive: true });
    cpSync(join(source, "../../package.json"), join(folder, "package.json"));
    const copy = await import(pathToFileURL(join(folder, "dist/src/index.js")).href);
    const state = copy.torchAvailable();
    assert.equal(state.available, false);
    assert.match(state.reason, /not built/);
    assert.match(state.remedy, /apt-get install libtorch-dev libopenblas0-pthread/);
    assert.throws(() => copy.tensor([1], [1]), { name: "TorchError", code: "TORCH_UNAVAILABLE" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the build refuses a LIBTORCH that is none, without a stack trace", () => {
  const script = fileURLToPath(new URL("../../scripts/build-native.mjs", import.meta.url));
  const explicit = spawnSync(process.execPath, [script], {
    encoding: "utf8",
    env: { ...process.env, LIBTORCH: "/nowhere", PATH: "" },
  });
  assert.equal(explicit.status, 1);
  assert.equal(
    explicit.stderr,
    "@v2l/torch: Expected a libtorch folder with include/ and lib/ for LIBTORCH but received /nowhere\n",
  );
});
