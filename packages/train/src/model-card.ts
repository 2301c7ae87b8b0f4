import { elements, tokenizerNetwork } from "@v2l/nn";
import { type Foundation, tableMarkdown } from "v2l";
import type { SetResult } from "./evaluate/demo.js";
import { demoTable } from "./evaluate/report.js";
import type { LlmRecord } from "./llm/record.js";
import type { TokenizerTrainConfig } from "./tokenizer/config.js";

export interface ModelCardContent {
  readonly name: string;
  readonly config: TokenizerTrainConfig;
  readonly foundation: Foundation;
  /** Whether it took the place of the foundation that the tokenizer was trained with. */
  readonly foundationReplaced: boolean;
  /** Whether its local codebook is another too, and the projection was fitted to it. */
  readonly projectionRefitted: boolean;
  readonly results: readonly SetResult[] | null;
  /** The language model in the bundle. */
  readonly llm: LlmRecord | null;
}

const WORLD_SOURCES = `| Source | Used for | Licence |
| --- | --- | --- |
| Fluent Emoji (flat), Microsoft | training pictures | MIT |
| Noto Emoji, Google | training pictures | Apache-2.0 |
| Twemoji, Twitter and contributors | training pictures | CC BY 4.0 |
| EmojiOne 2, Fluent Emoji (high contrast) | evaluation only | CC BY 4.0, MIT |
| emojibase-data, Unicode CLDR | names and keywords, text of the language model | MIT, Unicode-3.0 |
| WordNet 3.0 | vocabulary, text of the language model | WordNet licence |

Pictures were taken from Iconify's packages, rotated, recoloured and placed on backgrounds.
`;

/** The model card of a bundle, Markdown. */
export function modelCard(content: ModelCardContent): string {
  const { name, config, foundation, foundationReplaced, projectionRefitted, results, llm } =
    content;
  const { data, model, schedule } = config;
  const parameters = tokenizerNetwork(model).params.reduce(
    (sum, { shape }) => sum + elements(shape),
    0,
  );
  const { vision, text } = foundation.clip.config;
  const world = data.kind === "world";
  const sections = [
    `# ${name}: a V2L tokenizer`,
    "Turns an image into words of a language model's vocabulary and back (Zhu, Wei, Lu: \"Beyond " +
      'Text: Frozen Large Language Models in Visual Signal Comprehension", CVPR 2024). Half precision.',
    "## Data",
    world
      ? `${data.scenes} seeded scenes of the demo world: one to three emoji on coloured backgrounds, ` +
        "128 x 128 pixels. The model knows nothing else: photographs need another bundle."
      : "A folder of pictures.",
    "## Recipe",
    [
      `- tokenizer: ${millions(parameters)} parameters, ch ${model.ch} x ${model.chMult}, ` +
        `codebook ${foundation.local.vocabulary.length} x ${model.embedDim}`,
      `- losses: ${losses(config)}`,
      ...(config.quantizeAfter > 0
        ? [`- without the codebook for the first ${config.quantizeAfter} steps`]
        : []),
      `- Adam ${config.betas}, lr ${schedule.lr}, warm-up ${schedule.warmupEpochs} of ` +
        `${schedule.epochs} epochs, batch ${config.batch} x ${config.accumulate}, seed ${config.seed}`,
      `- CLIP (${foundation.clip.reference}): ${vision.imageSize} pixels, patch ${vision.patchSize}, ` +
        `width ${vision.width}, ${vision.layers} layers` +
        (text ? `; text width ${text.width}, ${text.layers} layers` : ""),
      `- global codebook: ${foundation.global.vocabulary.length} words; the decoder reads ${config.words}`,
      ...(foundationReplaced
        ? [
            "- CLIP and global codebook took the place of those that the tokenizer was trained with",
            ...(projectionRefitted
              ? ["- the local codebook too; its projection was fitted to it"]
              : []),
          ]
        : []),
    ].join("\n"),
    ...(llm ? ["## Language model", languageModel(llm)] : []),
    ...(results ? ["## Results", tableMarkdown(demoTable(results))] : []),
    "## Licence and attribution",
    "The weights are under the MIT licence of the project.",
    ...(world ? [WORLD_SOURCES.trim()] : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

function languageModel(record: LlmRecord): string {
  const { config, heldOut } = record;
  const { dim, layers, heads, hidden, contextSize } = config.model;
  const { perplexity, ...accuracies } = heldOut;
  const measured = Object.entries(accuracies).map(([name, value]) => {
    return `${name.replace("accuracy.", "")} ${(100 * value).toFixed(0)}%`;
  });
  return [
    `LLaMA, ${layers} layers of width ${dim}, ${heads} heads, SwiGLU ${hidden}, context ${contextSize}; F16.`,
    "Trained on text alone: CLDR names and keywords, WordNet, sentence grammars, and pairs of inputs and " +
      "outputs over mappings made up for each text (docs/demo-llm.md). It never saw a picture, nor a word " +
      "that came from one.",
    "",
    ...runsOf(record).map(({ config: { lr, seed, steps: planned }, steps, tokens }) => {
      const stopped = steps < planned ? ` of ${planned}` : "";
      return `- ${steps}${stopped} steps, ${(tokens / 1e6).toFixed(1)} M tokens, AdamW, lr ${lr}, seed ${seed}`;
    }),
    `- held-out text: perplexity ${perplexity?.toFixed(1)}; in-context classification with invented ` +
      `labels, a third of the words random: ${measured.join(", ")}`,
  ].join("\n");
}

/** A run and those before it, the first first. */
function runsOf(record: LlmRecord): LlmRecord[] {
  return [...(record.before ? runsOf(record.before) : []), record];
}

/** The terms of the loss that were in use. */
function losses({ perceptual, rateP, rateQ, rateD, discStart }: TokenizerTrainConfig): string {
  const terms = ["L1", `${rateQ} codebook`];
  if (perceptual.kind !== "none") terms.push(`${rateP} perceptual (${perceptual.kind})`);
  if (rateD !== 0) terms.push(`adaptive x ${rateD} hinge GAN after step ${discStart}`);
  return `${terms.join(" + ")}${rateD === 0 ? "; no discriminator" : ""}`;
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} M`;
}
