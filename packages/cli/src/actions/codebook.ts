import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import {
  buildCodebooks,
  type CodebookSummary,
  type CodebookTexts,
  codebookTexts,
  codebookWords,
  EMBEDDING_FILE,
  type ExpandedVocabulary,
  embedTexts,
  expandVocabulary,
  folderImages,
  openClip,
  readVocabulary,
  type StageName,
  type StageProgress,
  stageDone,
  type TextEmbeddings,
  VOCABULARY_FILE,
} from "v2l";
import type { Call } from "../command/command.js";
import { UsageError } from "../command/errors.js";
import { interruptible } from "../command/interruptible.js";
import type { Options } from "../command/option.js";
import type {
  BuildOptions,
  EmbedOptions,
  ExpandOptions,
  FilterOptions,
} from "../commands/codebook.js";
import { withLanguageModel } from "../inputs/language-model.js";
import type { Output } from "../output/output.js";
import type { Progress } from "../output/progress.js";

export async function expand(call: Call<ExpandOptions>): Promise<void> {
  const { dir, llm } = call.options;
  const vocabulary = await stoppable(call, dir, () => expanded(call, llm));
  const counts = phraseCounts(vocabulary);
  call.output.result(
    { dir, ...counts },
    `${join(dir, VOCABULARY_FILE)}: ${counts.subwords} of ${counts.pieces} tokens are words, ` +
      `${counts.bigrams} bigrams, ${counts.trigrams} trigrams`,
  );
}

export async function embed(call: Call<EmbedOptions>): Promise<void> {
  const { dir } = call.options;
  const embeddings = await stoppable(call, dir, async () => {
    const words = codebookWords(await codebookInput(call));
    const clip = await openClip(call.options.clip);
    return showingStages(call.output, (onProgress) =>
      embedTexts(words, clip, { ...stageOptions(call), onProgress }),
    );
  });
  const { rows, ...figures } = embeddings;
  const entries = rows.length / figures.width;
  call.output.result(
    { dir, entries, ...figures },
    `${join(dir, EMBEDDING_FILE)}: ${entries} entries of width ${figures.width}`,
    pace(figures),
  );
}

export async function filter(call: Call<FilterOptions>): Promise<void> {
  const summary = await stoppable(call, call.options.dir, async () => {
    const texts = await codebookInput(call);
    await requireEmbedding(call.options.dir, codebookWords(texts).length);
    return codebooks(call, texts);
  });
  showSummary(call, summary);
}

export async function build(call: Call<BuildOptions>): Promise<void> {
  const { dir, llm, vocabulary } = call.options;
  if ((llm === undefined) === (vocabulary === undefined)) {
    const received = llm === undefined ? "neither" : "both";
    throw new UsageError(`Expected one of \`--llm\` and \`--vocabulary\` but received ${received}`);
  }
  const summary = await stoppable(call, dir, async () => {
    const texts =
      llm === undefined ? await codebookInput(call) : codebookTexts(await expanded(call, llm));
    return codebooks(call, texts);
  });
  showSummary(call, summary);
}

/** Continuations of the model's subwords. */
async function expanded(
  call: Call<ExpandOptions> | Call<BuildOptions>,
  llm: string,
): Promise<ExpandedVocabulary> {
  const { options, output, signal } = call;
  const { dir, style } = options;
  return withLanguageModel(llm, call, (model) =>
    showingStages(output, (onProgress) =>
      expandVocabulary(model, { dir, style, signal, onProgress }),
    ),
  );
}

async function codebooks(
  call: Call<FilterOptions> | Call<BuildOptions>,
  texts: CodebookTexts,
): Promise<CodebookSummary> {
  const { clip, images, votesEach, votesNeeded, without } = call.options;
  const voters = await folderImages(images);
  const source = await openClip(clip);
  return showingStages(call.output, (onProgress) =>
    buildCodebooks(texts, source, voters, {
      ...stageOptions(call),
      votesEach,
      votesNeeded,
      without,
      onProgress,
    }),
  );
}

async function codebookInput({ options }: Call<EmbedOptions>): Promise<CodebookTexts> {
  const { dir, vocabulary = join(dir, VOCABULARY_FILE) } = options;
  return codebookTexts(await readVocabulary(vocabulary));
}

function stageOptions({ options, signal }: Call<EmbedOptions>) {
  const { dir, device, threads, batchSize } = options;
  return {
    dir,
    device,
    signal,
    ...(threads === undefined ? {} : { threads }),
    ...(batchSize === undefined ? {} : { batchSize }),
  };
}

async function requireEmbedding(dir: string, entries: number): Promise<void> {
  const file = join(dir, EMBEDDING_FILE);
  const done = await stageDone(file);
  if (done === entries) return;
  const received = done === null ? "nothing" : `${done} embeddings`;
  const remedy = "Run `v2l codebook embed` first";
  throw new V2LError("FILE_NOT_FOUND", expected(`${entries} embeddings`, file, received, remedy));
}

function showSummary({ options, output }: Call<FilterOptions>, summary: CodebookSummary): void {
  const { localEntries, globalEntries, candidates } = summary;
  output.result(
    { dir: options.dir, ...summary },
    `${options.dir}: ${localEntries} local entries, ${globalEntries} global entries of ${candidates}`,
    pace(summary.embedding),
  );
}

/** How fast the embedding went, and how much of that was the network. */
function pace({ embedded, seconds, runtimeSeconds }: Omit<TextEmbeddings, "rows">): string {
  if (embedded === 0) return "embedded before";
  const share = ((100 * runtimeSeconds) / seconds).toFixed(1);
  return (
    `embedded ${embedded} entries in ${seconds.toFixed(1)} s, ` +
    `${(embedded / seconds).toFixed(1)} entries/s, ${share}% of the time inside ONNX Runtime`
  );
}

function phraseCounts({ pieces, subwords, bigrams, trigrams }: ExpandedVocabulary) {
  const count = (texts: readonly (string | null)[]) => texts.filter((text) => text !== null).length;
  return {
    pieces: pieces.length,
    subwords: count(subwords),
    bigrams: count(bigrams),
    trigrams: count(trigrams),
  };
}

function stoppable<T>({ signal }: Call<Options>, dir: string, work: () => Promise<T>): Promise<T> {
  return interruptible(signal, `Stopped. The same command goes on in ${dir}`, work);
}

const LABELS: Readonly<Record<StageName, string>> = {
  expand: "Expanding",
  embed: "Embedding",
  filter: "Voting",
};

/** One bar after the other, for each stage that `work` reports. */
async function showingStages<T>(
  output: Output,
  work: (onProgress: (progress: StageProgress) => void) => Promise<T>,
): Promise<T> {
  let bar: Progress | null = null;
  let current: StageName | null = null;
  try {
    return await work((progress) => {
      if (progress.stage !== current || bar === null) {
        bar?.end();
        bar = output.progress(LABELS[progress.stage]);
        current = progress.stage;
      }
      bar.update(progress);
    });
  } finally {
    (bar as Progress | null)?.end();
  }
}
