import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryFolder } from "@v2l/testing";
import { bundlePage } from "./bundle-page.js";

test("a bundler for browsers finds nothing of Node, sharp or onnxruntime-node in v2l/browser", async (t) => {
  const { inputs, outputs } = await bundlePage(temporaryFolder(t));
  const files = Object.keys(inputs);
  const has = (part: string) => files.some((file) => file.includes(part));
  assert.ok(
    has("onnxruntime-web/") && has("onnx/dist/src/tokenizer.js"),
    "it bundles the networks",
  );
  for (const foreign of ["onnxruntime-node", "sharp", "runtime-node", "@v2l/llm", "packages/llm"]) {
    assert.ok(!has(foreign), foreign);
  }
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  assert.deepEqual(
    imports.filter(({ external }) => external),
    [],
  );
});
