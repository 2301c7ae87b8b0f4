import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { clipNetwork, initialize, toFloat16, tokenizerNetwork } from "@v2l/nn";
import { TINY_CLIP, TINY_TOKENIZER, tinyRows } from "@v2l/testing";
import sharp from "sharp";
import { type BundleParts, type Codebook, writeBundle } from "v2l";
import { createProgram } from "../src/command/program.js";
import { COMMANDS } from "../src/commands/index.js";

export const BIN = fileURLToPath(new URL("../../bin/v2l.js", import.meta.url));

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a process of its own. @param input what it reads from standard input */
export function v2l(words: readonly string[], input = ""): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...words], { env: { ...process.env, CI: "true" } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
    // A command that refuses before it reads closes its end.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** Runs a command line in this process: a process for each would load the networks each time. */
export async function inProcess(
  words: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<{ stdout: string; stderr: string }> {
  const printed = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({
    write: (text: unknown) => {
      printed[name] += String(text);
      return true;
    },
  });
  const program = createProgram(COMMANDS, {
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    version: "0.0.0",
    begin: () => signal,
  });
  await program.parseAsync([...words], { from: "user" });
  return printed;
}

/** A new folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "v2l-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every path below a folder, hidden ones too. */
export function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort();
}

/** A PNG of a smooth pattern that depends on `seed`. */
export async function picture(path: string, seed = 1, width = 40, height = 24): Promise<string> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    return 128 + 127 * Math.sin(i * 0.013 * (seed + 1) + seed);
  });
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
  return path;
}

function codebook(vocabulary: readonly string[]): Codebook {
  const rows = vocabulary.length;
  return { embedding: toFloat16(tinyRows(rows), [rows, 8]), vocabulary };
}

function numbered(count: number, name: string): string[] {
  return Array.from({ length: count }, (_, i) => `${name}${i}`);
}

/**
 * Parts of a bundle of a few kilobytes with random weights: images 16x16, grid 8x8, 3 of 7 words.
 * @param pieces the local vocabulary; 12 pieces that no language model has by default
 */
export function tinyParts(pieces: readonly string[] = numbered(12, "piece")): BundleParts {
  return {
    name: "tiny",
    imageSize: 16,
    tokenizer: {
      config: TINY_TOKENIZER,
      weights: initialize(tokenizerNetwork(TINY_TOKENIZER).params, 1),
    },
    discriminator: null,
    localCodebook: codebook(pieces),
    globalCodebook: codebook(numbered(7, "word")),
    globalWords: 3,
    clip: {
      config: TINY_CLIP,
      weights: initialize(clipNetwork(TINY_CLIP).params, 3),
      preprocess: "demo",
      textTokenizer: null,
      reference: "random",
    },
    llm: null,
    modelCard: null,
  };
}

/** Writes a bundle of {@link tinyParts}. */
export async function tinyBundle(folder: string, pieces?: readonly string[]): Promise<string> {
  await writeBundle(folder, tinyParts(pieces));
  return folder;
}
