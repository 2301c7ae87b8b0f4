import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expected, V2LError, type Weights } from "@v2l/nn";
import {
  type BundleManifest,
  type Foundation,
  openFoundation,
  readSafetensors,
  readsTexts,
  writeBundle,
} from "v2l";
import { CLIP_WEIGHTS } from "./clip/train.js";
import { demoResults } from "./evaluate/demo.js";
import { halved } from "./half.js";
import { exportGguf } from "./llm/export-gguf.js";
import { llmRecord } from "./llm/record.js";
import { modelCard } from "./model-card.js";
import { savedConfig } from "./run/folder.js";
import type { TokenizerTrainConfig } from "./tokenizer/config.js";
import { refitProjection } from "./tokenizer/refit-projection.js";
import { DISCRIMINATOR_WEIGHTS, TOKENIZER_WEIGHTS } from "./tokenizer/train.js";
import { COLOR_NAMES } from "./world/index.js";

const PROJECTION = "codebook_projection";

export interface ExportOptions {
  readonly name: string;
  /** Run folder of `trainTokenizer`. Its configuration names the foundation. */
  readonly run: string;
  /** Default: where the run found it. */
  readonly foundation?: string;
  /** Run folder of `trainClip` with `lockText`: its vision half takes the place of the foundation's. */
  readonly vision?: string;
  /** Run folder of `trainLlm`, whose vocabulary is the local codebook's; its model goes in, in F16. */
  readonly llm?: string;
  /**
   * What may be said of things and backgrounds beside global words; see `V2L.locate`. Default: the colours of the
   * demo world for a run that was trained on it, where CLIP reads texts, else nothing.
   */
  readonly attributes?: readonly string[];
  /** Keep the discriminator, for training to go on; 1.3 MB. */
  readonly discriminator?: boolean;
  /** JSON file with the results of `evaluateDemo`, for the model card. */
  readonly results?: string;
  readonly overwrite?: boolean;
}

/**
 * Writes a finished run and its foundation as a bundle in half precision, with a model card.
 * @returns the manifest written
 * @throws V2LError FILE_NOT_FOUND, INVALID_ARGUMENT, and what {@link writeBundle} throws
 */
export async function exportBundle(dir: string, options: ExportOptions): Promise<BundleManifest> {
  const { name, run } = options;
  const config = savedConfig<TokenizerTrainConfig>(run);
  const built = await openFoundation(options.foundation ?? config.foundation);
  const foundation = options.vision === undefined ? built : await withVision(built, options.vision);
  const foundationReplaced = options.foundation !== undefined || options.vision !== undefined;
  const weights = async (file: string) => halved((await readSafetensors(join(run, file))).weights);
  const trained = await weights(TOKENIZER_WEIGHTS);
  const tokenizer =
    options.foundation === undefined
      ? trained
      : await adapted(trained, config.foundation, foundation);
  const attributes = options.attributes ?? knownColors(config, foundation);
  const results =
    options.results === undefined
      ? null
      : demoResults(JSON.parse(await readFile(options.results, "utf8")));
  const llm = options.llm === undefined ? null : await llmRecord(options.llm);
  const written = async (llmFile?: string) =>
    writeBundle(
      dir,
      {
        name,
        imageSize: config.imageSize,
        tokenizer: { config: config.model, weights: tokenizer },
        discriminator: options.discriminator ? await weights(DISCRIMINATOR_WEIGHTS) : null,
        localCodebook: foundation.local,
        globalCodebook: foundation.global,
        globalWords: config.words,
        clip: foundation.clip,
        attributes,
        llm: foundation.llm,
        ...(llmFile === undefined ? {} : { llmFile }),
        modelCard: modelCard({
          name,
          config,
          foundation,
          foundationReplaced,
          projectionRefitted: tokenizer !== trained,
          results,
          llm,
        }),
      },
      { overwrite: options.overwrite ?? false },
    );
  if (options.llm === undefined) return written();
  const folder = await mkdtemp(join(tmpdir(), "v2l-"));
  try {
    const file = join(folder, "llm.gguf");
    await exportGguf(file, options.llm, { name: `${name}-llm`, type: "F16" });
    return await written(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function knownColors({ data }: TokenizerTrainConfig, { clip }: Foundation): readonly string[] {
  return data.kind === "world" && readsTexts(clip) ? COLOR_NAMES : [];
}

/** The tokenizer's weights with a projection that suits another local codebook of the same vocabulary. */
async function adapted(weights: Weights, trained: string, { local }: Foundation): Promise<Weights> {
  const [weight, bias] = [weights.get(`${PROJECTION}.weight`), weights.get(`${PROJECTION}.bias`)];
  if (!existsSync(trained) || weight === undefined || bias === undefined) return weights;
  const before = (await openFoundation(trained)).local;
  if (Buffer.from(before.embedding.bytes).equals(local.embedding.bytes)) return weights;
  const fitted = refitProjection(before.embedding, local.embedding, { weight, bias });
  const projection = [
    [`${PROJECTION}.weight`, fitted.weight],
    [`${PROJECTION}.bias`, fitted.bias],
  ] as const;
  return new Map([...weights, ...halved(new Map(projection))]);
}

/** The foundation with a later vision half; its codebooks hold as long as the text half is the same. */
async function withVision(foundation: Foundation, run: string): Promise<Foundation> {
  const { clip } = foundation;
  const later = halved((await readSafetensors(join(run, CLIP_WEIGHTS))).weights);
  const changed = [...clip.weights].filter(([name, { bytes }]) => {
    const other = later.get(name);
    return !name.startsWith("visual.") && !(other && Buffer.from(other.bytes).equals(bytes));
  });
  if (changed.length > 0) {
    const names = changed.map(([name]) => name).join(", ");
    const remedy = "Train it with lockText from the foundation's CLIP";
    throw new V2LError(
      "CHECKPOINT_MISMATCH",
      expected("the foundation's text half", run, `another ${names}`, remedy),
    );
  }
  return { ...foundation, clip: { ...clip, weights: later } };
}
