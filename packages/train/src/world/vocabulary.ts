import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { V2LError } from "@v2l/nn";
import { readSentencePieceModel, type SentencePieceModel } from "./sentencepiece.js";

/** Entries of the demo vocabulary: `<unk>`, `<s>`, `</s>`, 256 bytes, and 3,837 learnt pieces. */
export const DEMO_PIECES = 4096;

const DEMO_FILE = new URL("../../../assets/demo-tokenizer.model", import.meta.url);

/** The demo's vocabulary as shipped; `scripts/demo-vocabulary.mjs` trained it. */
export function demoVocabulary(): SentencePieceModel {
  return readSentencePieceModel(readFileSync(DEMO_FILE));
}

/**
 * Trains a SentencePiece BPE vocabulary as LLaMA has it: byte fallback, a blank before the text,
 * single digits, and the text taken as it is. Runs `spm_train`; equal lines give equal bytes.
 * @param lines the text, one sentence each
 * @param pieces number of entries, control and byte pieces included
 * @returns the bytes of the `.model` file.
 * @throws V2LError UNSUPPORTED where `spm_train` is not installed; RUNTIME where it fails.
 */
export function trainVocabulary(lines: Iterable<string>, pieces = DEMO_PIECES): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "v2l-vocabulary-"));
  try {
    writeLines(join(folder, "corpus.txt"), lines);
    run(folder, pieces);
    return new Uint8Array(readFileSync(join(folder, "vocabulary.model")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeLines(file: string, lines: Iterable<string>): void {
  const handle = openSync(file, "w");
  try {
    for (const line of lines) writeSync(handle, `${line}\n`);
  } finally {
    closeSync(handle);
  }
}

function run(folder: string, pieces: number): void {
  const flags = [
    "--input=corpus.txt",
    "--model_prefix=vocabulary",
    "--model_type=bpe",
    `--vocab_size=${pieces}`,
    "--byte_fallback=true",
    "--split_digits=true",
    "--normalization_rule_name=identity",
    "--remove_extra_whitespaces=false",
    "--add_dummy_prefix=true",
    "--character_coverage=0.9999",
    "--num_threads=1",
    "--minloglevel=2",
  ];
  const { error, status, stderr } = spawnSync("spm_train", flags, {
    cwd: folder,
    encoding: "utf8",
  });
  if (error) {
    throw new V2LError(
      "UNSUPPORTED",
      "Expected the program `spm_train` on PATH but found none. " +
        "Install SentencePiece's tools: apt-get install sentencepiece",
      { cause: error },
    );
  }
  if (status !== 0) throw new V2LError("RUNTIME", `spm_train failed: ${stderr.trim().slice(-400)}`);
}
