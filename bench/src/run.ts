/**
 * The benchmark: `npm run bench -- [NAME ...] [--size tiny] [--entries N] [--out FOLDER]`; names are those of
 * the parts and cases, all by default. Exits with 1 where results differ.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { agrees } from "./agreement.js";
import { type Case, writeCase } from "./case.js";
import { CODEBOOK_EMBED } from "./codebook/codebook-embed.js";
import { FEW_SHOT } from "./few-shot/few-shot.js";
import { measure, type PartResult } from "./measure.js";
import { PARTS, type Part } from "./parts.js";
import { summary, writeReport } from "./report.js";
import { RESTORATION } from "./restoration/restoration.js";
import { SERVE } from "./serve/serve.js";
import { SETTINGS, type Setting } from "./setting.js";
import { writeWorkload } from "./workload.js";

const RESULTS = fileURLToPath(new URL("../../../docs/results", import.meta.url));
const CASES: readonly Case[] = [FEW_SHOT, CODEBOOK_EMBED, RESTORATION, SERVE];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: "string", default: "official" },
    entries: { type: "string", default: "1000" },
    out: { type: "string" },
  },
});
const setting = SETTINGS[values.size];
if (!setting) fail(`--size is one of ${Object.keys(SETTINGS).join(", ")}`);
const entries = Number(values.entries);
if (!Number.isInteger(entries) || entries < 1) fail("--entries is a positive integer");
const names = [...PARTS, ...CASES].map(({ name }) => name);
const unknown = positionals.find((name) => !names.includes(name));
if (unknown) fail(`the parts are ${names.join(", ")}; there is no ${unknown}`);
const chosen = <T extends { readonly name: string }>(all: readonly T[]) =>
  all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const out = values.out ?? (setting.name === "official" ? RESULTS : null);

const folder = await mkdtemp(join(tmpdir(), "v2l-bench-"));
try {
  const parts = chosen(PARTS);
  const results: boolean[] = [];
  if (parts.length > 0) results.push(await compareWithPyTorch(parts, setting));
  for (const one of chosen(CASES)) results.push(await runCase(one, setting));
  if (results.includes(false)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

/** @returns whether results agree */
async function compareWithPyTorch(parts: readonly Part[], setting: Setting): Promise<boolean> {
  await writeWorkload(folder, setting, parts);
  const results: PartResult[] = [];
  for (const part of parts) {
    const result = await measure(part, folder, (event) => console.log(`${part.name}: ${event}`));
    console.log(summary(result));
    results.push(result);
  }
  if (out !== null) await writeReport(out, setting, results);
  return results.every(({ agreement }) => agrees(agreement));
}

/** @returns whether results agree */
async function runCase(one: Case, { name }: Setting): Promise<boolean> {
  console.log(`${one.name}: begun`);
  const place = join(folder, one.name);
  await mkdir(place);
  const result = await one.run({ tiny: name === "tiny", entries, folder: place });
  for (const line of result.summary) console.log(line);
  const options = values.entries === "1000" ? "" : ` --entries ${values.entries}`;
  const command = `npm run bench -- ${one.name}${options}`;
  if (out !== null) await writeCase(out, one, result, command);
  return result.agrees;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
