import { countIds, openBundle, psnrRgb, tokenUsage, V2L } from "v2l";
import type { SceneSpec } from "../world/index.js";
import { type Coverage, chance, coverage } from "./coverage.js";
import { DEMO_SETS, type DemoSet } from "./demo-sets.js";
import {
  type ReadScene,
  type ReadScenesOptions,
  readScenes,
  type SceneSet,
} from "./read-scenes.js";

export interface EvaluateOptions extends ReadScenesOptions {
  /** Pictures of each set; 1000 by default. */
  readonly images?: number;
}

/** Shares between 0 and 1. */
export type Shares = Readonly<Record<keyof Coverage, number>>;

/** The figures of one set of held-out scenes. */
export interface SetResult {
  readonly name: string;
  readonly images: number;
  readonly measured: Shares;
  /** The words of another picture of the set. */
  readonly shuffled: Shares;
  /** Words drawn at random from the global codebook, computed. */
  readonly chance: Shares;
  /** Mean PSNR of the reconstructions on RGB, decibel; null where they were not made. */
  readonly psnr: number | null;
  /** Share of the local codebook that occurs, and exp(entropy) of its use. */
  readonly codebookUsed: number;
  readonly codebookPerplexity: number;
}

/**
 * What the demo bundle knows of scenes that no model trained on: whether its words name the objects,
 * how well pictures come back, and how much of the codebook is in use, with two controls.
 * @param bundle folder of the bundle
 */
export async function evaluateDemo(bundle: string, options: EvaluateOptions): Promise<SetResult[]> {
  const { images = 1000 } = options;
  const { vocabulary } = await (await openBundle(bundle)).codebook("global");
  const v2l = await V2L.load(bundle);
  try {
    const results: SetResult[] = [];
    for (const set of DEMO_SETS) {
      results.push(await evaluateSet(v2l, vocabulary, { count: images, ...set }, options));
    }
    return results;
  } finally {
    await v2l.dispose();
  }
}

/** The sets in what `v2l eval demo --json` prints; the first versions printed nothing else. */
export function demoResults(value: { readonly sets: SetResult[] } | SetResult[]): SetResult[] {
  return Array.isArray(value) ? value : value.sets;
}

async function evaluateSet(
  v2l: V2L,
  vocabulary: readonly string[],
  { reconstruct, ...set }: DemoSet & SceneSet,
  options: EvaluateOptions,
): Promise<SetResult> {
  const scenes: SceneSpec[] = [];
  const words: (readonly string[])[] = [];
  const grids: Int32Array[] = [];
  let psnr = 0;
  for await (const batch of readScenes(v2l, set, options)) {
    for (const read of batch) {
      scenes.push(read.scene);
      words.push(read.words);
      grids.push(read.tokens.localTokens.grid);
    }
    if (!reconstruct) continue;
    const decoded = await v2l.decode(
      batch.map(({ tokens }) => tokens),
      { batchSize: batch.length },
    );
    for (const [i, picture] of decoded.entries()) {
      psnr += psnrRgb((batch[i] as ReadScene).picture, picture);
    }
  }
  const use = tokenUsage(countIds(v2l.manifest.codebooks.local.size, grids));
  return {
    name: set.name,
    images: set.count,
    ...compareWords(scenes, words, vocabulary),
    psnr: reconstruct ? psnr / set.count : null,
    codebookUsed: use.share,
    codebookPerplexity: use.perplexity,
  };
}

function compareWords(
  scenes: readonly SceneSpec[],
  words: readonly (readonly string[])[],
  vocabulary: readonly string[],
): Pick<SetResult, "measured" | "shuffled" | "chance"> {
  const wordsOf = (i: number) => words[i % words.length] as readonly string[];
  return {
    measured: average(scenes.map((scene, i) => coverage(scene, wordsOf(i)))),
    // Half the set away: neighbours share nothing either, but this also survives sorted sets.
    shuffled: average(
      scenes.map((scene, i) => coverage(scene, wordsOf(i + Math.floor(words.length / 2)))),
    ),
    chance: average(scenes.map((scene) => chance(scene, vocabulary))),
  };
}

function average(all: readonly Readonly<Record<keyof Coverage, number | boolean>>[]): Shares {
  const of = (name: keyof Coverage) =>
    all.reduce((sum, each) => sum + Number(each[name]), 0) / all.length;
  return { anyBy5: of("anyBy5"), allBy21: of("allBy21"), nounBy5: of("nounBy5") };
}
