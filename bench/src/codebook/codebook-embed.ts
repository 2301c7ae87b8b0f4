import { loadavg } from "node:os";
import { embedTexts, IMAGENET_TEMPLATES, openBundle, openClip, requireDemoBundle } from "v2l";
import type { Case, CaseOptions, CaseResult } from "../case.js";
import { phrases } from "./phrases.js";

const SEED = 1;
const TINY_ENTRIES = 64;

/** Share of the time inside ONNX Runtime that should be reached: all else is our overhead. */
const TARGET = 0.85;

/** `v2l codebook embed` with the text half of the demo's CLIP. */
export const CODEBOOK_EMBED: Case = {
  name: "codebook-embed",
  run: async ({ tiny, entries, folder }: CaseOptions): Promise<CaseResult> => {
    const path = requireDemoBundle();
    const { vocabulary } = await (await openBundle(path)).codebook("local");
    const texts = phrases(vocabulary, tiny ? TINY_ENTRIES : entries, SEED);
    const before = loadavg()[0] as number;
    const tenth = Math.ceil(texts.length / 10);
    let shown = 0;
    const { embedded, seconds, runtimeSeconds } = await embedTexts(texts, await openClip(path), {
      dir: folder,
      onProgress: ({ done, total }) => {
        if (done < shown + tenth) return;
        shown = done;
        console.log(`codebook-embed: ${done} of ${total} entries`);
      },
    });
    const load = [before, loadavg()[0] as number] as const;
    const figures = {
      entries: embedded,
      templates: IMAGENET_TEMPLATES.length,
      seconds,
      runtimeSeconds,
      entriesPerSecond: embedded / seconds,
      runtimeShare: runtimeSeconds / seconds,
      target: TARGET,
      load,
    };
    return { title: "Embedding a vocabulary", figures, agrees: true, ...words(figures) };
  },
};

interface Figures {
  readonly entries: number;
  readonly templates: number;
  readonly seconds: number;
  readonly entriesPerSecond: number;
  readonly runtimeShare: number;
  readonly load: readonly [number, number];
}

function words(figures: Figures): Pick<CaseResult, "markdown" | "summary"> {
  const { entries, templates, seconds, entriesPerSecond, runtimeShare, load } = figures;
  const share = `${(100 * runtimeShare).toFixed(1)}%`;
  const verdict = runtimeShare >= TARGET ? "met" : "missed";
  return {
    markdown: [
      "What `v2l codebook embed` does, with the text half of the demo's CLIP (2 layers of width 128, 48 " +
        "tokens at most) on all cores: words of the demo's vocabulary, pairs and triples of them, a third " +
        `of each, in ${templates} templates, without loading the model.`,
      "",
      "| entries | texts | seconds | entries/s | texts/s | inside ONNX Runtime | target | load |",
      "|---|---|---|---|---|---|---|---|",
      `| ${entries} | ${entries * templates} | ${seconds.toFixed(1)} | ${entriesPerSecond.toFixed(1)} | ` +
        `${(entriesPerSecond * templates).toFixed(0)} | ${share} | ${100 * TARGET}%, ${verdict} | ` +
        `${load.map((value) => value.toFixed(1)).join(" to ")} |`,
    ],
    summary: [
      `codebook-embed: ${entries} entries in ${seconds.toFixed(1)} s, ${entriesPerSecond.toFixed(1)} ` +
        `entries/s, ${share} of the time inside ONNX Runtime, ${verdict}`,
    ],
  };
}
