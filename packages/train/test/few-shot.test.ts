import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import { temporaryFolder } from "@v2l/testing";
import { IMAGENET_TEMPLATES, parseShard, tableMarkdown, type V2L } from "v2l";
import {
  type FewShotImage,
  type FewShotOptions,
  type FewShotPart,
  type FewShotRow,
  type FewShotSet,
  fewShotTable,
  GlyphAtlas,
  inventedNames,
  type LanguageModels,
  measureFewShotSets,
  NOUNS,
  NOVEL_NOUNS,
  observationsTable,
  readFewShotSets,
  renderScene,
  sceneSpec,
  summarizeFewShot,
  TRAINED_NOUNS,
  testObservations,
} from "../src/index.js";
import { isHeldOut } from "../src/llm/corpus/invented-words.js";

const VISIBLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const PIECES = ["<unk>", "<s>", "</s>", "<0x0A>", "▁", ...VISIBLE];
const CHARACTERS = ["", "", "", "\n", " ", ...VISIBLE];

/** Copies the label of the example that has most words in common with the query; else it writes `x`. */
function copyingModel(): FakeLanguageModel {
  return new FakeLanguageModel({
    pieces: PIECES,
    contextSize: 100_000,
    script: (prompt, logits) => {
      const lines = prompt
        .map((id) => CHARACTERS[id])
        .join("")
        .split("\n");
      const parsed = lines.map((line) => /Input:(.*) Output:(.*)$/.exec(line) ?? ["", "", ""]);
      const [, asked = "", written = ""] = parsed.at(-1) ?? [];
      const words = new Set(asked.split(" ").filter((word) => word !== ""));
      let [best, label] = [0, " x"];
      for (const [, shown = "", output = ""] of parsed.slice(0, -1)) {
        const common = shown.split(" ").filter((word) => words.has(word)).length;
        if (common > best) [best, label] = [common, output];
      }
      logits[CHARACTERS.indexOf(`${label}\n`[written.length] ?? "\n")] = 30;
    },
  });
}

/** What of a class's images carries its mark: words beyond the fifth, and words of two subwords. */
function images(style: string): FewShotImage[] {
  return Array.from({ length: 7 * 8 }, (_, i) => {
    const noun = NOUNS[i % 7]?.name as string;
    const noise = Array.from({ length: 5 }, (_, k) => `${style}.${i}.${k}`);
    return {
      output: noun,
      words: [...noise, `mark.${i % 7}`],
      subwords: noise,
      embedding: Float32Array.from({ length: 7 }, (_, d) => Number(d === i % 7)),
    };
  });
}

const SETS: FewShotSet[] = [
  { name: "two styles", sources: [{ support: images("a"), queries: images("b") }] },
];

/** A CLIP that knows the first seven objects, and whose other names all look like the first one. */
const CLIP = {
  embedText: async (texts: readonly string[]) => {
    const named = NOUNS.slice(0, 7).findIndex(({ name }) => texts[39]?.includes(` ${name}.`));
    const row = Float32Array.from({ length: 7 }, (_, d) => Number(d === Math.max(0, named)));
    return texts.map(() => row);
  },
} as unknown as V2L;

const OPTIONS = {
  episodes: 40,
  seed: 1,
  setting: { words: 21, ignore: [], repeats: 0, instruction: true, protocol: "likelihood" },
} as const;

/** The rows of all episodes, measured in a cache of their own. */
async function measuredRows(
  t: TestContext,
  models: LanguageModels,
  options: FewShotOptions,
): Promise<FewShotRow[]> {
  const run = { ...options, cache: temporaryFolder(t), identity: {} };
  return summarizeFewShot([await measureFewShotSets(CLIP, models, SETS, run)]);
}

test("the table has each system on the same episodes, with what is known of each", async (t) => {
  assert.equal(IMAGENET_TEMPLATES[39], "a photo of a {}.");
  const models = { llm: copyingModel(), untrained: null };
  const rows = await measuredRows(t, models, OPTIONS);
  assert.deepEqual(
    rows.map(({ ways, shots, chance }) => [ways, shots, chance]),
    [
      [2, 1, 0.5],
      [5, 1, 0.2],
      [5, 5, 0.2],
    ],
  );
  for (const { systems, chance } of rows) {
    const accuracy = new Map(systems.map((one) => [one.system, one.accuracy]));
    // Marks are found in the examples whatever classes are called, and CLIP knows every class.
    for (const name of ["language model", "invented names", "CLIP text", "word overlap"]) {
      assert.equal(accuracy.get(name), 1, name);
    }
    // Four standard deviations of a share of 40.
    const near = 4 * Math.sqrt((chance * (1 - chance)) / 40);
    for (const name of ["no words", "CLIP text, invented names"]) {
      assert.ok(Math.abs((accuracy.get(name) as number) - chance) < near, name);
    }
    // A donor has the query's class now and then, so that a little more than chance would be fair.
    assert.ok((accuracy.get("shuffled words") as number) < chance + near + 0.1);
    assert.equal(accuracy.has("random weights"), false);
  }
  const lines = tableMarkdown(fewShotTable(rows)).split("\n");
  assert.equal(lines.length, 5);
  assert.match(lines[2] as string, /^\| two styles, 2-way 1-shot \| 100\.0% \(91\.2-100\.0\) \|/);
});

test("random weights are a column where there are any", async (t) => {
  const models = { llm: copyingModel(), untrained: new FakeLanguageModel({ contextSize: 9999 }) };
  const [row] = await measuredRows(t, models, { ...OPTIONS, episodes: 2 });
  assert.equal(row?.systems.at(-1)?.system, "random weights");
});

test("shards of the episodes put together are the rows of all of them", async (t) => {
  const models = { llm: copyingModel(), untrained: null };
  const run = { ...OPTIONS, episodes: 11, cache: temporaryFolder(t), identity: {} };
  const shards: FewShotPart[][] = [];
  for (const text of ["1/3", "2/3", "3/3"]) {
    shards.push(await measureFewShotSets(CLIP, models, SETS, { ...run, shard: parseShard(text) }));
  }
  // 11 episodes: 4, 4 and 3.
  assert.deepEqual(
    shards.map((parts) => parts[0]?.systems[0]?.outcomes.length),
    [4, 4, 3],
  );
  const rows = await measuredRows(t, models, { ...OPTIONS, episodes: 11 });
  assert.deepEqual(summarizeFewShot(shards), rows);
});

test("a stopped run asks nothing again that it knows", async (t) => {
  const run = { ...OPTIONS, episodes: 3, cache: temporaryFolder(t), identity: {} };
  const stop = new AbortController();
  let rows = 0;
  const stopped = measureFewShotSets(CLIP, { llm: copyingModel(), untrained: null }, SETS, {
    ...run,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "prepare" && event.done === event.total && ++rows === 3) stop.abort();
    },
  });
  await assert.rejects(stopped, { name: "AbortError" });
  await measureFewShotSets(CLIP, { llm: copyingModel(), untrained: null }, SETS, run);
  const silent = {
    llm: new FakeLanguageModel({
      contextSize: 9999,
      script: () => assert.fail("the model was asked again"),
    }),
    untrained: null,
  };
  const rowsAgain = summarizeFewShot([await measureFewShotSets(CLIP, silent, SETS, run)]);
  assert.deepEqual(
    rowsAgain,
    await measuredRows(t, { llm: copyingModel(), untrained: null }, { ...OPTIONS, episodes: 3 }),
  );
});

test("observations hold where the marks are what is added, and are undecided where nothing changes", async () => {
  const found = await testObservations(copyingModel(), SETS, OPTIONS);
  const verdicts = Object.fromEntries(found.map(({ name, verdict }) => [name, verdict]));
  assert.deepEqual(verdicts, {
    "3 shots against 1": "undecided",
    "5 shots against 3": "undecided",
    "5 shots against 1": "undecided",
    "the instruction against none": "undecided",
    "examples given twice against once": "undecided",
    "3 words against 1": "undecided",
    "5 words against 3": "undecided",
    "10 words against 5": "holds",
    "21 words against 5": "holds",
    "the images' words against those of others (control)": "holds",
    "bigrams and trigrams against subwords alone": "holds",
  });
  const words = found.find(({ name }) => name === "21 words against 5");
  assert.equal(words?.first.accuracy, 1);
  assert.equal(words?.difference.difference, 1 - (words?.second.accuracy ?? 0));
  const line = tableMarkdown(observationsTable(found)).split("\n")[10] as string;
  assert.match(
    line,
    /^\| 21 words against 5 \| two styles \| 100\.0% \| \d+\.\d% \| \+\d+\.\d \(\+/,
  );
});

test("invented names are held out from training, are no objects, and differ", () => {
  const names = inventedNames(60, 3);
  assert.equal(new Set(names).size, 60);
  assert.ok(names.every(isHeldOut));
  assert.ok(NOUNS.every(({ name }) => !names.includes(name)));
  assert.deepEqual(inventedNames(60, 3), names);
  assert.notDeepEqual(inventedNames(60, 4), names);
});

/** A few of a picture's values. */
function glance(data: Uint8Array): Float32Array {
  return Float32Array.from(data.filter((_, i) => i % 97 === 0));
}

test("sets have as many scenes of each class in each style, none of them twice", async (t) => {
  const cache = temporaryFolder(t);
  // What a picture looks like instead of what CLIP makes of it; nearest words are not at issue here.
  const embedImage = async (pictures: readonly { data: Uint8Array }[]) =>
    pictures.map(({ data }) => glance(data));
  const nearestWords = async (embeddings: readonly Float32Array[], { among = () => true } = {}) =>
    embeddings.map(() => ["dog", "racing car"].filter(among).map((word) => ({ word })));
  const v2l = { embedImage, nearestWords } as unknown as V2L;
  const bundle = join(import.meta.dirname, "../../../../models/demo");
  const sets = await readFewShotSets(v2l, bundle, { cache, images: 1 });
  const [seen, unseen, novel] = sets as [FewShotSet, FewShotSet, FewShotSet];
  assert.deepEqual(
    sets.map(({ name, sources }) => [name, sources.length]),
    [
      ["seen objects", 6],
      ["unseen style", 3],
      ["novel objects", 3],
    ],
  );
  const classes = (some: readonly FewShotImage[]) => some.map(({ output }) => output).sort();
  const trained = TRAINED_NOUNS.map(({ name }) => name).sort();
  for (const { support, queries } of [...seen.sources, ...unseen.sources]) {
    assert.deepEqual([classes(support), classes(queries ?? [])], [trained, trained]);
    assert.notEqual(support, queries);
  }
  for (const { support, queries } of novel.sources) {
    assert.deepEqual(classes(support), NOVEL_NOUNS.map(({ name }) => name).sort());
    assert.equal(queries, undefined);
  }
  const all = new Set(
    sets.flatMap(({ sources }) => sources.flatMap((one) => [one.support, one.queries ?? []])),
  );
  const pictures = [...all].flat().map(({ embedding }) => embedding.join());
  assert.equal(pictures.length, 4 * 150 + 3 * 25);
  assert.equal(new Set(pictures).size, pictures.length);
  const [first] = seen.sources[0]?.support ?? [];
  assert.deepEqual([first?.words, first?.subwords], [["dog", "racing car"], ["dog"]]);
  // The first scene of the first training style, drawn apart from the set.
  const styles = ["fluent-emoji-flat"] as const;
  const spec = sceneSpec(2 ** 17, { split: "test", styles, objects: [1, 1] });
  const drawn = renderScene(spec, await GlyphAtlas.load({ styles, cacheFolder: cache }));
  assert.equal(first?.output, spec.objects[0]?.noun);
  assert.deepEqual([...(first?.embedding ?? [])], [...glance(drawn)]);
});
