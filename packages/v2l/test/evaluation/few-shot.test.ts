import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import { Random } from "@v2l/nn";
import {
  compareResults,
  type EmbeddedExample,
  type Episode,
  type Example,
  embedClassNames,
  evaluateFewShot,
  fillTemplates,
  nearestClassName,
  nearestSupport,
  type ReadingSetting,
  readByModel,
  sampleEpisodes,
  V2LError,
  withNames,
} from "v2l";
import { ReadingFake } from "../tasks/reading-fake.js";

const SETTING: ReadingSetting = {
  words: 21,
  ignore: [],
  repeats: 0,
  instruction: true,
  protocol: "likelihood",
};

function image(output: string, words: string): Example {
  return { output, words: words.split(" ") };
}

function episode(query: Example, ...support: Example[]): Episode<Example> {
  return { classes: [...new Set(support.map(({ output }) => output))], support, queries: [query] };
}

/** The support with most words in common is right in the first, second and fourth. */
const FOUR = [
  episode(image("dog", "pet tail"), image("dog", "tail pet"), image("ship", "sea sail")),
  episode(image("ship", "sea pet sail"), image("dog", "tail pet"), image("ship", "sea sail")),
  episode(image("ship", "tail pet sea"), image("dog", "tail pet"), image("ship", "sea sail")),
  episode(image("dog", "sun tail"), image("ship", "sea sail"), image("dog", "tail pet")),
];

/** Images that show three of their class's eight words, and two of any class's. */
function noisy(classes: number, each: number): Example[] {
  const random = new Random(5);
  return Array.from({ length: classes * each }, (_, i) => {
    const word = (of: number) => `w${of}.${random.integer(8)}`;
    const own = Array.from({ length: 3 }, () => word(i % classes));
    const others = Array.from({ length: 2 }, () => word(random.integer(classes)));
    return { output: `class ${i % classes}`, words: [...own, ...others] };
  });
}

/** Most common words by counting; of equal ones the last, as the fake has it. */
function mostCommon({ support, queries }: Episode<Example>): boolean {
  const [query] = queries as [Example];
  let [best, label] = [-1, ""];
  for (const { words, output } of support) {
    const common = [...new Set(words)].filter((word) => query.words.includes(word)).length;
    if (common >= best) [best, label] = [common, output];
  }
  return label === query.output;
}

test("a model that copies the label of the most similar example gets the score of overlap", async () => {
  const model = { name: "model", recognise: readByModel(new ReadingFake()) };
  const overlap = { name: "overlap", recognise: nearestSupport };
  const [copied, counted] = await evaluateFewShot(FOUR, [model, overlap], SETTING);
  assert.equal(copied?.outcomes, "1101");
  assert.equal(counted?.outcomes, "1101");
  assert.equal(copied?.accuracy, 0.75);
  // Wilson's interval of 3 of 4, by the formula in Python.
  assert.ok(Math.abs((copied?.interval.low as number) - 0.300642) < 1e-5);
  assert.ok(Math.abs((copied?.interval.high as number) - 0.954413) < 1e-5);
  const episodes = sampleEpisodes(noisy(6, 9), 60, { ways: 3, shots: 2, seed: 1 });
  const [noise] = await evaluateFewShot(episodes, [model], SETTING);
  assert.equal(noise?.outcomes, episodes.map((one) => Number(mostCommon(one))).join(""));
  assert.ok(noise?.outcomes.includes("0") && noise.outcomes.includes("1"));
});

test("names do not matter to a model that only copies", async () => {
  const recognise = readByModel(new ReadingFake());
  const change = (episodes: readonly Episode<Example>[]) =>
    withNames(episodes, ["zorb", "blick", "wug"], 1);
  const systems = [
    { name: "own", recognise },
    { name: "invented", recognise, change },
  ];
  const [own, invented] = await evaluateFewShot(FOUR, systems, SETTING);
  assert.equal(invented?.outcomes, own?.outcomes);
});

test("a model that does not look at the words gets chance", async () => {
  const episodes = sampleEpisodes(noisy(8, 4), 400, { ways: 4, shots: 1, seed: 2 });
  const llm = new FakeLanguageModel({ contextSize: 4096, memory: 1 });
  const [blind] = await evaluateFewShot(
    episodes,
    [{ name: "blind", recognise: readByModel(llm) }],
    SETTING,
  );
  // Four standard deviations of 400 draws of probability 1/4.
  assert.ok(Math.abs((blind?.accuracy as number) - 0.25) < 4 * 0.0217, `${blind?.accuracy}`);
});

test("overlap looks at the first words only, and where they stand breaks ties", async () => {
  const support = [image("dog", "tail pet sea sail"), image("ship", "sea sail tail pet")];
  const query = image("ship", "sea sail tail pet");
  const at = async (words: number) => {
    const [result] = await evaluateFewShot(
      [episode(query, ...support)],
      [{ name: "overlap", recognise: nearestSupport }],
      { ...SETTING, words },
    );
    return result?.outcomes;
  };
  assert.equal(await at(2), "1");
  // All four words in common with both: the order tells.
  assert.equal(await at(4), "1");
  const swapped = await nearestSupport(
    [episode(query, image("dog", "sea pet"), image("ship", "sail sea"))],
    SETTING,
  );
  // Two in common with both. Products of 1/rank: sea 1, pet 1/2 * 1/4; against sail 1/2, sea 1/2.
  assert.deepEqual(swapped, ["dog"]);
});

test("the nearest class name is the one of the largest cosine", async () => {
  const embedding = (...values: number[]) => Float32Array.from(values);
  const names = new Map([
    ["dog", embedding(1, 0)],
    ["ship", embedding(0, 1)],
  ]);
  const asked = (output: string, ...values: number[]): Episode<EmbeddedExample> => {
    const query = { output, words: [], embedding: embedding(...values) };
    return { classes: ["dog", "ship"], support: [], queries: [query] };
  };
  const recognise = nearestClassName(names);
  const labels = await recognise([asked("dog", 0.8, 0.6), asked("dog", -0.6, 0.8)], SETTING);
  assert.deepEqual(labels, ["dog", "ship"]);
  const stranger = { ...asked("cat", 1, 0), classes: ["cat"] };
  await assert.rejects(recognise([stranger], SETTING), refusal);
});

test("class names are embedded as the mean over the templates, of unit length", async () => {
  // Each template stands for a unit vector in the plane by its number.
  const angle = (text: string) => fillTemplates("dog").indexOf(text) / 100;
  const embedText = async (texts: readonly string[]) =>
    texts.map((text) => Float32Array.of(Math.cos(angle(text)), Math.sin(angle(text))));
  const found = (await embedClassNames({ embedText } as never, ["dog"])).get("dog");
  // 80 unit vectors evenly from 0 to 0.79: their mean points to the middle.
  assert.ok(Math.abs(Math.atan2(found?.[1] ?? 0, found?.[0] ?? 0) - 0.395) < 1e-6);
  assert.ok(Math.abs(Math.hypot(...(found ?? [])) - 1) < 1e-6);
});

test("the setting reaches the prompt, and the paper's protocol generates", async () => {
  const llm = new ReadingFake();
  const systems = [{ name: "model", recognise: readByModel(llm) }];
  const lengthOf = async (change: Partial<ReadingSetting>) => {
    await evaluateFewShot(FOUR.slice(0, 1), systems, { ...SETTING, ...change });
    return llm.calls.at(-1)?.prompts[0]?.length as number;
  };
  const whole = await lengthOf({});
  // A blank and a word less in each of three lines: " pet", " sail", " tail", 14 characters.
  assert.equal(await lengthOf({ words: 1 }), whole - 14);
  const instruction =
    "For each of the following input output pairs, the output is one of: dog, ship.\n";
  assert.equal(await lengthOf({ instruction: false }), whole - instruction.length);
  const examples = "Input: tail pet Output: dog\nInput: sea sail Output: ship\n";
  assert.equal(await lengthOf({ repeats: 1 }), whole + examples.length);
  assert.equal(llm.calls.at(-1)?.method, "score");
  await lengthOf({ protocol: "paper" });
  assert.equal(llm.calls.at(-1)?.method, "generate");
});

test("progress counts episodes of all systems, and the signal stops between and within them", async () => {
  const recognise = readByModel(new ReadingFake());
  const systems = ["a", "b"].map((name) => ({ name, recognise }));
  const seen: (readonly [number, number])[] = [];
  await evaluateFewShot(FOUR, systems, SETTING, {
    onProgress: (done, total) => seen.push([done, total]),
  });
  assert.ok(seen.every(([done, total], i) => total === 8 && done >= (seen[i - 1]?.[0] ?? 0)));
  assert.deepEqual(seen.at(-1), [8, 8]);
  const stop = new AbortController();
  const stopped = evaluateFewShot(FOUR, systems, SETTING, {
    signal: stop.signal,
    onProgress: () => stop.abort(new Error("enough")),
  });
  await assert.rejects(stopped, /enough/);
});

test("results are compared episode by episode", () => {
  const result = (outcomes: string) => {
    return { system: "", accuracy: 0, interval: { low: 0, high: 1 }, outcomes };
  };
  assert.equal(compareResults(result("1101"), result("0100")).difference, 0.5);
});

test("no episode, and episodes of several queries, are refused", async () => {
  const systems = [{ name: "overlap", recognise: nearestSupport }];
  await assert.rejects(evaluateFewShot([], systems, SETTING), refusal);
  const [first] = FOUR as [Episode<Example>];
  const two = { ...first, queries: [...first.queries, ...first.queries] };
  await assert.rejects(evaluateFewShot([two], systems, SETTING), refusal);
});

function refusal(error: unknown): boolean {
  return error instanceof V2LError && error.code === "INVALID_ARGUMENT";
}
