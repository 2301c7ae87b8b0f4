import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { writeBundle } from "v2l";
import { temporaryFolder } from "../temporary-folder.js";
import { tinyPartsWithText } from "./tiny-v2l.js";

// Runs in a process of its own, so that nothing but the library moves its memory.
const script = `
  import { encodePng, V2L } from "v2l";
  const data = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * i) & 255);
  const png = await encodePng({ width: 64, height: 48, data });
  const v2l = await V2L.load(process.argv[1]);
  const rounds = async (count) => {
    for (let i = 0; i < count; i++) await v2l.decode(await v2l.encode(png));
    globalThis.gc();
    return process.memoryUsage.rss();
  };
  const before = await rounds(200);
  const after = await rounds(1000);
  await v2l.dispose();
  process.stdout.write(String(after - before));`;

test("1,000 encodes and decodes grow resident memory by less than 20 MB", async (t) => {
  const folder = join(temporaryFolder(t), "tiny");
  await writeBundle(folder, tinyPartsWithText());
  const flags = ["--expose-gc", "--input-type=module", "-e", script, folder];
  const options = { cwd: import.meta.dirname, encoding: "utf8" as const };
  const growth = Number(execFileSync(process.execPath, flags, options));
  assert.ok(growth < 20e6, `grew by ${(growth / 1e6).toFixed(1)} MB`);
});
