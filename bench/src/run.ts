/**
 * The benchmark: `npm run bench -- [encode decode clip train train-official] [--size tiny] [--out FOLDER]`.
 * Exits with 1 where results differ.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { agrees } from "./agreement.js";
import { measure, type PartResult } from "./measure.js";
import { PARTS } from "./parts.js";
import { summary, writeReport } from "./report.js";
import { SETTINGS } from "./setting.js";
import { writeWorkload } from "./workload.js";

const RESULTS = fileURLToPath(new URL("../../../docs/results", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: "string", default: "official" },
    out: { type: "string" },
  },
});
const setting = SETTINGS[values.size];
if (!setting) fail(`--size is one of ${Object.keys(SETTINGS).join(", ")}`);
const names = PARTS.map((part) => part.name);
const unknown = positionals.find((name) => !names.includes(name));
if (unknown) fail(`the parts are ${names.join(", ")}; there is no ${unknown}`);
const parts = PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

const folder = await mkdtemp(join(tmpdir(), "v2l-bench-"));
try {
  await writeWorkload(folder, setting, parts);
  const results: PartResult[] = [];
  for (const part of parts) {
    const result = await measure(part, folder, (event) => console.log(`${part.name}: ${event}`));
    console.log(summary(result));
    results.push(result);
  }
  const out = values.out ?? (setting.name === "official" ? RESULTS : null);
  if (out !== null) await writeReport(out, setting, results);
  if (!results.every(({ agreement }) => agrees(agreement))) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
