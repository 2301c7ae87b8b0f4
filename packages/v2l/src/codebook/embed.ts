import { join } from "node:path";
import { type ClipTextConfig, expected, fromFloat32, V2LError } from "@v2l/nn";
import { ClipSessions, type SessionOptions } from "@v2l/onnx";
import type { BundleParts } from "../bundle/write-bundle.js";
import { BatchWorker, Prefetcher } from "../parallel/index.js";
import { IMAGENET_TEMPLATES } from "../templates.js";
import { parseTextTokenizer } from "../text-tokenizer.js";
import { clipDigest } from "./clip-digest.js";
import { runStage, type StageOptions } from "./stage.js";
import { type TextRun, WORDS } from "./text-runs.js";
import type { TextRunsSetup } from "./text-runs-worker.js";
import { textsDigest } from "./vocabulary.js";

/** Where {@link embedTexts} keeps its rows: `embedding` [texts,embedDim], float32. */
export const EMBEDDING_FILE = "embedding.safetensors";

/** Chunks tokenized ahead. */
const AHEAD = 2;

export interface EmbedOptions extends StageOptions, SessionOptions {
  /** Folder of the result, and of what a run that was stopped continues from. */
  readonly dir: string;
  /**
   * Texts between two saves or reports of progress, rounded up to a multiple of 32 (the default). What
   * the network reads at once does not depend on it, so the result does not either.
   */
  readonly batchSize?: number;
}

export interface TextEmbeddings {
  /** [texts,width], row by row. */
  readonly rows: Float32Array;
  readonly width: number;
  /** Texts that this call embedded; the others were there already. */
  readonly embedded: number;
  /** Seconds that they took, without loading the model. */
  readonly seconds: number;
  /** Seconds of these inside ONNX Runtime. */
  readonly runtimeSeconds: number;
}

/**
 * Embeds texts with CLIP: the mean of the L2-normalised text features over the 80 ImageNet templates,
 * not normalised again (paper, section 3.1; step 2 of the official code). Each template is computed at
 * its own length: the text half is causal, so that what would follow the end changes nothing. Continues
 * an earlier run in the folder.
 * @param texts different ones
 * @throws V2LError UNSUPPORTED where CLIP has no text half; BUNDLE_INVALID where its tokenizer is none; RESUME_MISMATCH where the folder has a run of
 * other texts or another CLIP; RUNTIME where a feature is not finite
 */
export async function embedTexts(
  texts: readonly string[],
  clip: BundleParts["clip"],
  options: EmbedOptions,
): Promise<TextEmbeddings> {
  const setup = textSetup(texts, clip);
  const width = clip.config.embedDim;
  const rows = new Float32Array(texts.length * width);
  const file = join(options.dir, EMBEDDING_FILE);
  const steps = Math.max(1, Math.ceil((options.batchSize ?? WORDS) / WORDS));
  const worker = new BatchWorker<TextRun[]>(
    new URL("./text-runs-worker.js", import.meta.url),
    setup,
  );
  const chunks = Math.ceil(texts.length / WORDS);
  const runs = new Prefetcher((chunk) => worker.make(chunk), AHEAD, chunks);
  using sessions = await ClipSessions.create({
    ...options,
    config: clip.config,
    weights: clip.weights,
    globalCodebook: null,
    halves: ["text"],
  });
  const begun = performance.now();
  let embedded = 0;
  try {
    await runStage(
      {
        name: "embed",
        total: texts.length,
        step: steps * WORDS,
        config: {
          texts: textsDigest(texts),
          clip: clipDigest(clip, "text"),
          templates: textsDigest(IMAGENET_TEMPLATES),
        },
        state: new Map([["embedding", fromFloat32(rows, [texts.length, width])]]),
        work: async (first, end) => {
          for (let word = first; word < end; word += WORDS) {
            const place = rows.subarray(word * width, Math.min(word + WORDS, end) * width);
            place.set(await meanFeatures(sessions, await runs.get(word / WORDS), width));
          }
          refuseNaN(rows.subarray(first * width, end * width), texts[first] as string);
          embedded += end - first;
        },
      },
      file,
      options,
    );
  } finally {
    await worker.dispose();
  }
  const seconds = (performance.now() - begun) / 1000;
  return { rows, width, embedded, seconds, runtimeSeconds: sessions.runtimeSeconds };
}

/** Mean of the unit features of each word of a chunk, added up in double precision. */
async function meanFeatures(
  sessions: ClipSessions,
  runs: readonly TextRun[],
  width: number,
): Promise<Float64Array> {
  const count = 1 + Math.max(...runs.map(({ words }) => words.at(-1) as number));
  const sums = new Float64Array(count * width);
  for (const { ids, length, words } of runs) {
    const features = await sessions.encodeText(ids, length);
    words.forEach((word, i) => {
      const feature = features.subarray(i * width, (i + 1) * width);
      let square = 0;
      for (const value of feature) square += value * value;
      const scale = 1 / (Math.sqrt(square) * IMAGENET_TEMPLATES.length);
      for (let d = 0; d < width; d++) {
        const at = word * width + d;
        sums[at] = (sums[at] as number) + (feature[d] as number) * scale;
      }
    });
  }
  return sums;
}

function textSetup(words: readonly string[], clip: BundleParts["clip"]): TextRunsSetup {
  const config: ClipTextConfig | null = clip.config.text;
  if (config !== null && clip.textTokenizer !== null) {
    parseTextTokenizer(clip.textTokenizer); // refused here rather than in the other thread
    return { words, tokenizer: clip.textTokenizer, config };
  }
  const remedy = "Use a whole CLIP, for instance the folder of one from Hugging Face";
  const what = "a CLIP with text half and tokenizer";
  throw new V2LError("UNSUPPORTED", expected(what, "clip", clip.reference, remedy));
}

function refuseNaN(values: Float32Array, text: string): void {
  if (values.every(Number.isFinite)) return;
  const what = `finite text features from ${JSON.stringify(text)} on`;
  throw new V2LError("RUNTIME", expected(what, "embedding", "NaN or infinity"));
}
