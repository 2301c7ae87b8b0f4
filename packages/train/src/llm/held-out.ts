import { classifyTemplate, type Example, promptText } from "v2l";
import { pick, randomFor } from "../run/random.js";
import { type Chunk, chunksOf, cut, type Sequence } from "./batch.js";
import type { LlmTrainConfig } from "./config.js";
import type { Corpus } from "./corpus/corpus.js";
import { KINDS } from "./corpus/document.js";
import type { DocumentEncoder } from "./corpus/encode.js";
import { drawEpisode, type Episode } from "./corpus/episode.js";

/** Texts and episodes that training never reads. */
export interface HeldOut {
  /** Every token of these counts; of `repairs`, whose pieces are drawn at random, the answers. */
  readonly texts: readonly Chunk[];
  readonly settings: readonly Setting[];
}

/** Episodes of one kind; the only target of each is the first token of the right label. */
export interface Setting {
  /** `2way1shot` */
  readonly name: string;
  readonly chunks: readonly EpisodeChunk[];
}

export interface EpisodeChunk extends Chunk {
  /** First tokens of all labels, `way` for each row; the right one is the row's target. */
  readonly choices: BigInt64Array;
  readonly way: number;
}

const SETTINGS = [
  { way: 2, shot: 1 },
  { way: 2, shot: 5 },
  { way: 5, shot: 1 },
  { way: 5, shot: 5 },
] as const;

/** Always the same for one configuration: invented labels, concepts and words held out. */
export function heldOut(corpus: Corpus, encoder: DocumentEncoder, config: LlmTrainConfig): HeldOut {
  const { chunkTokens, model, evaluation } = config;
  const kinds = KINDS.filter((kind) => kind !== "glosses" || config.wordnet !== null);
  const documents = kinds.flatMap((kind) =>
    Array.from({ length: evaluation.documents }, (_, i): Sequence => {
      const { ids, answers } = encoder.document(corpus.document("validation", i, { kind }));
      const counted = kind === "repairs" ? answers : ids.map((_, at) => at > 0);
      return cut({ ids, counted, kind }, model.contextSize);
    }),
  );
  return {
    texts: chunksOf(documents, chunkTokens),
    settings: SETTINGS.map(({ way, shot }) => {
      const name = `${way}way${shot}shot`;
      const episodes = Array.from({ length: evaluation.episodes }, (_, i) =>
        episode(corpus, encoder, way, shot, `${name}/${i}`, config.seed),
      ).filter(({ ids }) => ids.length <= model.contextSize);
      return { name, chunks: episodeChunks(episodes, chunkTokens, way) };
    }),
  };
}

interface EncodedEpisode extends Sequence {
  readonly choices: readonly number[];
}

/** An episode whose labels differ in their first tokens. */
function episode(
  { lexicon }: Corpus,
  encoder: DocumentEncoder,
  way: number,
  shot: number,
  stream: string,
  seed: number,
): EncodedEpisode {
  const random = randomFor(seed, `held-out/${stream}`);
  const shape = { way, shot, words: 5, labels: "invented", purity: 0.7 } as const;
  for (;;) {
    const concepts = pick(random, lexicon.concepts.validation);
    const drawn = drawEpisode(lexicon, random, "validation", { ...shape, concepts });
    const first = (label: string) => encoder.text(label)[0] as number;
    const [query] = drawn.queries as [Example];
    const choices = drawn.classes.map(first);
    if (new Set(choices).size < way) continue;
    const ids = [encoder.bos, ...encoder.text(promptOf(drawn, query)), first(query.output)];
    return { ids, counted: ids.map((_, i) => i === ids.length - 1), kind: "fewShot", choices };
  }
}

/** Without the instruction, which would list the labels. */
function promptOf({ classes, examples }: Episode, query: Example): string {
  return promptText(classifyTemplate(classes), { examples, query }, { instruction: false });
}

function episodeChunks(
  episodes: readonly EncodedEpisode[],
  chunkTokens: number,
  way: number,
): EpisodeChunk[] {
  const sorted = [...episodes].sort((a, b) => b.ids.length - a.ids.length);
  let next = 0;
  return chunksOf(sorted, chunkTokens).map((chunk) => {
    const rows = sorted.slice(next, next + chunk.rows);
    next += chunk.rows;
    const choices = BigInt64Array.from(rows.flatMap(({ choices }) => choices.map(BigInt)));
    return { ...chunk, choices, way };
  });
}
