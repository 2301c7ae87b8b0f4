import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { LanguageModel } from "@v2l/llm";
import type { Example } from "v2l";
import { blindFrame, framedPrompt, loadTextTokenizer, PLACES, paperFrame } from "v2l";
import { COLOR_NAMES, demoVocabulary, toTokenizerJson } from "../src/index.js";
import { chunksOf, stepSequences } from "../src/llm/batch.js";
import { Corpus } from "../src/llm/corpus/corpus.js";
import { documentText, KINDS, type Kind, type Span } from "../src/llm/corpus/document.js";
import { DocumentEncoder } from "../src/llm/corpus/encode.js";
import { drawEpisode } from "../src/llm/corpus/episode.js";
import { inventedWord, isHeldOut } from "../src/llm/corpus/invented-words.js";
import { readWordNet } from "../src/llm/corpus/wordnet.js";
import { randomFor } from "../src/run/random.js";

const WORDNET = fileURLToPath(new URL("../../test/fixtures/wordnet", import.meta.url));
const MIX = Object.fromEntries(KINDS.map((kind) => [kind, 1])) as Record<Kind, number>;
const NONE = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
const vocabulary = demoVocabulary();
const corpus = new Corpus(vocabulary, MIX, 5, WORDNET);
const encoder = new DocumentEncoder(vocabulary);

function textOf({ text }: Span): string {
  assert.ok(typeof text === "string");
  return text;
}

test("a document follows from seed, part and index alone", () => {
  const again = new Corpus(vocabulary, MIX, 5, WORDNET);
  const other = new Corpus(vocabulary, MIX, 6, WORDNET);
  for (const index of [40, 3, 17]) {
    assert.deepEqual(again.document("train", index), corpus.document("train", index));
    assert.notDeepEqual(other.document("train", index), corpus.document("train", index));
    assert.notDeepEqual(corpus.document("validation", index), corpus.document("train", index));
  }
});

test("every kind of text is drawn, in lines, and most texts differ", () => {
  const documents = Array.from({ length: 400 }, (_, i) => corpus.document("train", i));
  assert.deepEqual(new Set(documents.map(({ kind }) => kind)), new Set(KINDS));
  const texts = documents.filter(({ kind }) => kind !== "repairs").map(documentText);
  assert.ok(texts.every((text) => /^[^\n]/.test(text) && text.endsWith("\n")));
  assert.ok(new Set(texts).size > 0.97 * texts.length);
});

test("word by word, texts get the ids they have as a whole", () => {
  const tokenizer = loadTextTokenizer(toTokenizerJson(vocabulary));
  for (const kind of KINDS.filter((each) => each !== "repairs")) {
    for (let i = 0; i < 10; i++) {
      const document = corpus.document("train", i, { kind });
      const ids = tokenizer.encode(documentText(document));
      assert.deepEqual(encoder.document(document).ids, [encoder.bos, ...ids, encoder.eos]);
      assert.deepEqual(encoder.text(documentText(document)), ids);
    }
  }
});

test("answers are whole texts between a blank and a line end", () => {
  const tokenizer = loadTextTokenizer(toTokenizerJson(vocabulary));
  for (const kind of ["fewShot", "captions", "answers", "copies"] as const) {
    for (let i = 0; i < 20; i++) {
      const document = corpus.document("train", i, { kind });
      const { ids, answers } = encoder.document(document);
      const marked = tokenizer.decode(ids.filter((_, at) => answers[at]));
      const wanted = document.spans.filter(({ answer }) => answer).map(textOf);
      assert.equal(marked.trim(), wanted.join("").trim());
      assert.ok(wanted.every((text) => /^ \S.*\n$/.test(text)));
    }
  }
});

test("a label is an answer only where it was given before", () => {
  let labels = 0;
  for (let i = 0; i < 60; i++) {
    const { spans } = corpus.document("train", i, { kind: "fewShot" });
    spans.forEach((span, at) => {
      if (!span.answer) return;
      labels++;
      const text = textOf(span);
      const before = spans.slice(0, at).map(textOf);
      assert.ok(
        before.some((earlier) => earlier.includes(text.trim())),
        text,
      );
    });
  }
  assert.ok(labels > 200);
});

test("repairs are written as the prompts of restoration are", async () => {
  const tokenizer = loadTextTokenizer(toTokenizerJson(vocabulary));
  const tokenize = (text: string) => Promise.resolve(tokenizer.encode(text));
  const llm = { info: { bos: encoder.bos }, tokenize } as unknown as LanguageModel;
  const frames = [await blindFrame(llm)];
  for (const step of [1, 2, 3]) frames.push(await paperFrame(llm, step));
  const written = new Set<number>();
  for (let i = 0; i < 60; i++) {
    const document = corpus.document("train", i, { kind: "repairs" });
    const rows = document.spans.flatMap(({ text }) => (typeof text === "string" ? [] : [text]));
    const pairs = Array.from({ length: rows.length / 2 }, (_, at) => ({
      input: rows[2 * at] as readonly number[],
      output: rows[2 * at + 1] as readonly number[],
    }));
    const { ids } = encoder.document(document);
    const frame = frames.findIndex((one) => {
      const query = [...framedPrompt(one, pairs, []), ...one.end];
      // Without the empty query.
      const whole = query.slice(0, query.length - [...one.input, ...one.output, ...one.end].length);
      return isDeepStrictEqual([...whole, encoder.eos], ids);
    });
    assert.notEqual(frame, -1, documentText(document));
    written.add(frame);
  }
  assert.deepEqual(written, new Set([0, 1, 2, 3]));
});

test("of a repair, what is right can be told from the pairs before", () => {
  let told = 0;
  let all = 0;
  for (let i = 0; i < 200; i++) {
    const { ids, answers } = encoder.document(corpus.document("train", i, { kind: "repairs" }));
    answers.forEach((right, at) => {
      if (!right) return;
      all++;
      if (ids.slice(0, at).includes(ids[at] as number)) told++;
    });
  }
  assert.ok(all > 500);
  assert.ok(told / all > 0.85, `${told} of ${all}`);
});

test("texts are short at first and grow", () => {
  const tokens = (growth: number) => {
    const documents = Array.from({ length: 80 }, (_, i) => [
      corpus.document("train", i, { kind: "fewShot", growth }),
      corpus.document("train", i, { kind: "copies", growth }),
    ]).flat();
    return documents.reduce((sum, each) => sum + encoder.document(each).ids.length, 0);
  };
  // Up to five queries follow the examples of short texts, too.
  assert.ok(1.5 * tokens(0) < tokens(1));
  assert.ok(tokens(0) < tokens(0.5) && tokens(0.5) < tokens(1));
  const { spans } = corpus.document("train", 3, { kind: "fewShot", growth: 0 });
  assert.ok(spans.length <= 1 + 2 * (2 * 3 * 2 + 5));
});

test("the mix goes from the first one to the last", () => {
  const only = (kind: Kind) => ({ ...NONE, [kind]: 1 });
  const changing = new Corpus(vocabulary, only("lists"), 5, null, only("copies"));
  const kinds = (growth: number) =>
    new Set(Array.from({ length: 60 }, (_, i) => changing.document("train", i, { growth }).kind));
  assert.deepEqual([...kinds(0)], ["copies"]);
  assert.deepEqual([...kinds(0.5)].sort(), ["copies", "lists"]);
  assert.deepEqual([...kinds(1)], ["lists"]);
});

test("an episode's query shares more words with its own class than with others", () => {
  const shape = { way: 5, shot: 5, words: 5, labels: "invented", purity: 0.7 } as const;
  let right = 0;
  for (let i = 0; i < 100; i++) {
    const random = randomFor(i, "episode");
    const drawn = drawEpisode(corpus.lexicon, random, "train", { ...shape, queries: 3 });
    const { classes, examples, queries } = drawn;
    const [query] = queries as [Example];
    assert.equal(queries.length, 3);
    assert.equal(examples.length, 25);
    const shared = (label: string) =>
      examples
        .filter(({ output }) => output === label)
        .flatMap(({ words }) => words)
        .filter((word) => query.words.includes(word)).length;
    const best = Math.max(...classes.map(shared));
    if (shared(query.output) === best) right++;
  }
  // Chance is 20. Some queries are all distractors, so that not every one can be told.
  assert.ok(right > 75, `${right} of 100`);
});

test("training never uses the invented words and concepts that are held out", () => {
  for (let i = 0; i < 200; i++) {
    assert.equal(isHeldOut(inventedWord(randomFor(i, "word"), "train")), false);
    assert.equal(isHeldOut(inventedWord(randomFor(i, "word"), "validation")), true);
  }
  const names = (part: "train" | "validation") =>
    new Set(corpus.lexicon.concepts[part].flat().map(({ name }) => name));
  const held = names("validation");
  assert.ok(held.size > 100);
  assert.ok([...names("train")].every((name) => !held.has(name)));
});

test("WordNet is read with synonyms, glosses and broader words", () => {
  assert.deepEqual(readWordNet(WORDNET)[1], {
    lemmas: ["boat", "small boat"],
    gloss: 'a little vessel for rivers, moved by oars or sails; "the boat crossed the lake"',
    broader: ["thing"],
  });
});

test("without WordNet there is an error, or on request no gloss", () => {
  assert.throws(() => new Corpus(vocabulary, MIX, 5, "/nowhere"), {
    code: "FILE_NOT_FOUND",
    message: /wordnet-base.*set wordnet to null/,
  });
  const without = new Corpus(vocabulary, MIX, 5, null);
  const kinds = Array.from({ length: 300 }, (_, i) => without.document("train", i).kind);
  assert.deepEqual(new Set(kinds), new Set(KINDS.filter((kind) => kind !== "glosses")));
});

test("a step's texts lie side by side with every counted token once", () => {
  const options = {
    seed: 5,
    batchTokens: 3000,
    wholeShare: 0,
    contextSize: 200,
    shortSteps: 0,
    growthSteps: 0,
  };
  const sequences = stepSequences(corpus, encoder, 7, options);
  assert.deepEqual(stepSequences(corpus, encoder, 7, options), sequences);
  const wanted = sequences.flatMap(({ ids, counted }) =>
    ids.flatMap((id, i) => (counted[i] ? [`${ids[i - 1]}>${id}`] : [])),
  );
  const chunks = chunksOf(sequences, 1000);
  const received = chunks.flatMap(({ rows, length, ids, positions, targets }) => {
    assert.ok(rows * length <= 1000 || rows === 1);
    assert.ok(length <= 200);
    return [...positions].map((at, i) => `${ids[Number(at)]}>${targets[i]}`);
  });
  assert.deepEqual(received.sort(), wanted.sort());
  const padded = chunks.reduce((sum, { rows, length }) => sum + rows * length, 0);
  const used = sequences.reduce((sum, { ids }) => sum + ids.length - 1, 0);
  assert.ok(padded < 1.25 * used, `${padded} for ${used}`);
});

test("words with places are written as the tasks write them", () => {
  const inputs = Array.from({ length: 60 }, (_, i) => {
    return documentText(corpus.document("train", i, { kind: "captions" }));
  }).flatMap((text) => [...text.matchAll(/^Input: (.*) Caption:/gm)].map(([, input]) => input));
  const placed = inputs.flatMap((input) => (input as string).split(", ").slice(1));
  const backgrounds = placed.filter((one) => one.endsWith(" background"));
  const ends = placed
    .filter((one) => !backgrounds.includes(one))
    .map((one) => PLACES.find((place) => one.endsWith(` ${place}`)));
  assert.ok(ends.length > 60 && ends.every((end) => end !== undefined), placed.join("\n"));
  assert.equal(new Set(ends).size, PLACES.length);
  const names = new Set<string>(COLOR_NAMES);
  const colors = backgrounds.map((one) => one.split(" ").filter((word) => word !== "and"));
  assert.ok(
    colors.length > 20 && colors.flatMap((all) => all.slice(0, -1)).every((one) => names.has(one)),
  );
  assert.deepEqual(new Set(colors.map(({ length }) => length)), new Set([2, 3]));
});
