import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "@v2l/testing";
import { parseShard, shareOf, tableMarkdown, wilsonInterval, withOtherWords } from "v2l";
import { coverage } from "../src/evaluate/coverage.js";
import {
  type CaptionItem,
  type CaptionResult,
  captionCoverage,
  captionsTable,
  type DescribedScene,
  type LanguageConfig,
  type LanguageModels,
  type LanguageScenes,
  measureCaptions,
  measureQuestions,
  NO_COLORS,
  NOUNS,
  type QuestionPart,
  type QuestionResult,
  questionsTable,
  sceneSpec,
  summarizeCaptions,
  summarizeQuestions,
  type WritingPart,
  type WritingRun,
} from "../src/index.js";
import { NamingFake } from "./naming-fake.js";

const CONFIG: LanguageConfig = {
  split: "test",
  images: 3,
  pool: 4,
  shots: 1,
  choose: "similar",
  words: 5,
  ignore: [],
  places: 0,
  seed: 1,
};

/** A scene of the given objects, which nobody draws. Its words are its nouns. */
function scene(index: number, split: "train" | "test", ...nouns: string[]): DescribedScene {
  const drawn = sceneSpec(index, { split, objects: [nouns.length, nouns.length], repeats: 0 });
  const objects = drawn.objects.map((object, i) => ({ ...object, noun: nouns[i] as string }));
  return { scene: { ...drawn, objects }, colorOf: NO_COLORS, words: nouns, places: [] };
}

const ONE = ["dog", "ship", "castle"].map((noun, i) => scene(i, "test", noun));
const TWO = [
  ["dog", "lemon"],
  ["ship", "tiger"],
  ["drum", "rocket"],
].map((nouns, i) => scene(i, "test", ...nouns));

const SCENES: LanguageScenes = {
  pool: [["dog"], ["ship", "tiger"], ["lemon"], ["drum"]].map((nouns, i) => {
    return scene(i, "train", ...nouns);
  }),
  evaluated: [
    ...withOtherWords(ONE).map((one) => ({ ...one, set: "one object" })),
    ...withOtherWords(TWO).map((one) => ({ ...one, set: "two objects" })),
  ],
};

/** How an evaluation runs here. */
function run(t: TestContext, shard = "1/1"): WritingRun {
  return { cache: temporaryFolder(t), identity: {}, shard: parseShard(shard) };
}

/** The fake, without another of random weights. */
const ALONE: LanguageModels = { llm: new NamingFake(), untrained: null };

async function captioned(t: TestContext, models = ALONE) {
  return summarizeCaptions([await measureCaptions(SCENES, models, CONFIG, run(t))]);
}

async function answered(t: TestContext, config = CONFIG) {
  return summarizeQuestions([await measureQuestions(SCENES, ALONE, config, run(t))]);
}

test("a caption names objects by noun, plural or keyword; other nouns are absent", () => {
  const shown = scene(0, "test", "dog", "ship").scene;
  const counts = (caption: string) => {
    const { objects, byNoun, byKeyword, mentioned, absent } = captionCoverage(shown, caption);
    return [objects, byNoun, byKeyword, mentioned, absent];
  };
  assert.deepEqual(counts("Two dogs and a ship."), [2, 2, 2, 2, 0]);
  // `boat` is a CLDR keyword of the ship; a hotdog is no dog; castle and mice are not there.
  assert.deepEqual(counts("a boat, a hotdog, a castle and three mice"), [2, 0, 1, 2, 2]);
  assert.deepEqual(counts(""), [2, 0, 0, 0, 0]);
  const twice = scene(0, "test", "dog", "dog").scene;
  assert.equal(captionCoverage(twice, "a dog").objects, 1);
});

test("captions of a model that names what it reads, beside the controls", async (t) => {
  const evaluation = await captioned(t);
  const of = (system: string, set: string): CaptionResult => {
    const found = evaluation.results.find((one) => one.system === system && one.set === set);
    assert.ok(found, `${system}, ${set}`);
    return found;
  };
  const own = of("language model", "one or two objects");
  assert.deepEqual([own.images, own.named.share, own.named.of, own.absent], [6, 1, 9, 0]);
  assert.ok(own.cider > 0 && own.bleu4 > 0 && own.rougeL > 0.5);
  // Without words it says `a dog`: one scene of three shows one.
  const none = of("no image", "one object");
  assert.deepEqual([none.named.share, none.absent], [1 / 3, 2 / 3]);
  // Half of three scenes away: nobody has a noun of the next scene of its set.
  assert.deepEqual(
    ["one object", "two objects"].map((set) => of("words of another image", set).named.share),
    [0, 0],
  );
  // The pool has a dog, and ship with tiger (the ship's nearest); nothing like a castle: `dog` by order.
  const copied = of("nearest caption, no language model", "one object");
  assert.equal(copied.named.share, 2 / 3);
  // Lists of the right nouns name all, as far as words are shown.
  assert.equal(of("the words themselves, no language model", "two objects").named.share, 1);
  // One of dog and lemon, both of ship and tiger, the drum.
  const both = of("nearest caption, no language model", "two objects");
  assert.equal(both.named.share, 4 / 6);
  assert.equal(evaluation.results.length, 5 * 3);
  assert.deepEqual(
    evaluation.samples.map(({ caption }) => caption),
    [
      "a dog",
      "a ship",
      "a castle",
      "a lemon and a dog",
      "a tiger and a ship",
      "a rocket and a drum",
    ],
  );
  // Wilson's lower end for all of 6 scenes: 6 / (6 + 1.96^2).
  const table = tableMarkdown(captionsTable(evaluation));
  assert.match(
    table,
    /\| one or two objects \| language model \| 100\.0% \(61\.0%-100\.0%\) \| 100\.0% \(61\.0%-100\.0%\) \|/,
  );
});

test("a caption names an object by keyword where a list of words names it", () => {
  // Words as the word measure knows them: a noun, and each keyword of it.
  for (const { name, keywords } of NOUNS) {
    const { scene: shown } = scene(0, "test", name);
    for (const word of [name, ...keywords]) {
      assert.ok(coverage(shown, [word]).anyBy5, word);
      assert.equal(captionCoverage(shown, `a drawing of ${word}`).byKeyword, 1, word);
    }
  }
});

test("shards of captions and answers together are the whole, and a journal's part is not asked again", async (t) => {
  const whole = [await captioned(t), await answered(t)];
  const shards = ["1/2", "2/2"].map((shard) => run(t, shard));
  const [captions, answers]: [WritingPart<CaptionItem>[], QuestionPart[]] = [[], []];
  for (const shard of shards) {
    captions.push(await measureCaptions(SCENES, ALONE, CONFIG, shard));
    answers.push(await measureQuestions(SCENES, ALONE, CONFIG, shard));
  }
  assert.deepEqual(
    captions.map(({ items }) => items.length),
    [3, 3],
  );
  assert.deepEqual([summarizeCaptions(captions), summarizeQuestions(answers)], whole);

  const llm = new NamingFake();
  const models = { llm, untrained: null };
  const [first] = shards as [WritingRun];
  assert.deepEqual(await measureCaptions(SCENES, models, CONFIG, first), captions[0]);
  assert.equal(llm.calls.length, 0);
  await measureCaptions(SCENES, models, { ...CONFIG, shots: 0 }, first);
  assert.ok(llm.calls.length > 0, "other settings are another journal");

  const [one] = captions as [WritingPart<CaptionItem>];
  const other = { ...SCENES, pool: SCENES.pool.slice(1) };
  const two = await measureCaptions(other, ALONE, CONFIG, run(t, "2/2"));
  assert.throws(() => summarizeCaptions([one, two]), { code: "SHARDS_DIFFER" });
});

test("the pool's captions are examples, and a model of random weights is one more system", async (t) => {
  const llm = new NamingFake();
  const models = { llm, untrained: new NamingFake() };
  const { results } = await captioned(t, models);
  assert.equal(results.length, 6 * 3);
  assert.equal(results.at(-1)?.system, "random weights");
  const prompt = await llm.detokenize(llm.calls[0]?.prompts[1] ?? []);
  assert.match(
    prompt,
    /\nInput: ship tiger Caption: .*(ship.*tiger|tiger.*ship)\nInput: ship Caption:$/,
  );
});

test("answers by kind of question, beside the controls", async (t) => {
  const evaluation = await answered(t);
  const of = (system: string): QuestionResult => {
    const found = evaluation.results.find((one) => one.system === system);
    assert.ok(found, system);
    return found;
  };
  const own = of("language model");
  // A scene with one object has 2 questions what, 1 where, 2 how many, 1 color (no object has one here),
  // 2 is there; with two objects in different regions 3, 2, 3, 1 and 4.
  const counts = Object.values(own.kinds).map((one) => one.of);
  assert.deepEqual(counts, [3 * 2 + 3 * 3, 3 + 3 * 2, 3 * 2 + 3 * 3, 6, 3 * 2 + 3 * 4]);
  // It is right about the whole picture, though it lists objects in reverse, and about what is there.
  const shares = Object.values(own.kinds).map((one) => one.share);
  assert.deepEqual(shares, [6 / 15, 0, 0, 0, 1]);
  assert.equal(own.overall.share, (6 + 18) / 63);
  assert.equal(own.meanOfKinds, (6 / 15 + 1) / 5);
  assert.equal(own.sets["one object"]?.share, (3 + 6) / 24);
  // Half of these questions are answered no, in the pool as well.
  for (const system of ["no image", "no image, from the list", "most frequent answer"]) {
    assert.equal(of(system).kinds["is there"].share, 1 / 2, system);
  }
  assert.equal(of("language model, from the list").kinds["is there"].share, 1);
  assert.deepEqual(evaluation.lists["is there"], { answers: 2, reachable: 1 });
  const table = tableMarkdown(questionsTable(evaluation));
  assert.match(table, /\| Answers by \| what \| where \| how many \| color \| is there \|/);
});

test("trials about one scene count less the more they agree", () => {
  const trials = (...counts: [count: number, of: number][]) =>
    counts.map(([count, of]) => ({ image: {}, count, of }));
  // One trial a scene: independent trials.
  const single = shareOf(trials([1, 1], [0, 1], [1, 1], [0, 1]));
  assert.deepEqual(single.interval, wilsonInterval(2, 4));
  // Four scenes of two equal trials each tell as much as four trials.
  const agreeing = shareOf(trials([2, 2], [0, 2], [2, 2], [0, 2]));
  assert.deepEqual([agreeing.share, agreeing.of], [0.5, 8]);
  assert.ok(Math.abs(agreeing.interval.low - single.interval.low) < 1e-12);
  // Scenes that are all alike tell no less than independent trials: Wilson's of 4 of 8.
  const mixed = shareOf(trials([1, 2], [1, 2], [1, 2], [1, 2]));
  assert.ok(Math.abs(mixed.interval.low - wilsonInterval(4, 8).low) < 1e-12);
  assert.deepEqual(shareOf(trials([2, 2], [2, 2])).interval, wilsonInterval(2, 2));
  assert.deepEqual(shareOf([]), { share: 0, of: 0, interval: { low: 0, high: 1 } });
});

test("equal seeds ask the same questions, other seeds others", async (t) => {
  const samples = async (seed: number) => {
    const evaluation = await answered(t, { ...CONFIG, seed });
    return JSON.stringify(evaluation.samples);
  };
  const first = await samples(1);
  assert.equal(await samples(1), first);
  assert.notEqual(await samples(2), first);
});
