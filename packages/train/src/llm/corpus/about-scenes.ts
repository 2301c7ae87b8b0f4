import type { Random } from "@v2l/nn";
import { ANSWER_TEMPLATE, CAPTION_TEMPLATE, outputText, PLACES, type PromptInput } from "v2l";
import { pick, pickWeighted } from "../../run/random.js";
import {
  CAPTION_KINDS,
  type CaptionKind,
  COLOR_NAMES,
  NOUNS,
  type Noun,
  presenceQuestion,
  type Question,
  type QuestionKind,
  sceneCaption,
  sceneQuestions,
} from "../../world/index.js";
import { described, describingWords } from "./described.js";
import { answer, type Document, given, type Part, type Span } from "./document.js";
import {
  glanced,
  type Imagined,
  imagine,
  type PlacedShape,
  placedWords,
  sceneWords,
} from "./imagined.js";
import type { Lexicon } from "./lexicon.js";
import { inputText } from "./wording.js";

/** Several sentences about one scene after the other. */
export function sceneDocument(random: Random, part: Part): Document {
  const lines = Array.from({ length: 1 + random.integer(3) }, () => {
    const scene = imagine(random, part);
    const captions = Array.from({ length: 1 + random.integer(2) }, () => caption(scene, random));
    const asked = random.uniform() < 0.4 ? [spoken(pick(random, questions(scene, random)))] : [];
    return given(`${[...captions, ...asked].join(". ")}\n`);
  });
  return { kind: "scenes", spans: lines };
}

/** Captions whose content can be told from words; the others need the picture. */
const TOLD: readonly CaptionKind[] = ["plain", "plain", "background", "count", "list"];

/** From words to a sentence, after examples of it. Often all sentences have one form. */
export function captionDocument(lexicon: Lexicon, random: Random, part: Part): Document {
  const pairs = 1 + random.integer(5);
  const shape = drawShape(random);
  const form = random.uniform() < 0.7 ? pick(random, [...TOLD, ...CAPTION_KINDS]) : null;
  const spans = Array.from({ length: pairs }, (): Span[] => {
    const scene = imagine(random, part);
    const input = sceneInput(scene, shape, random, lexicon);
    const output = caption(scene, random, form ?? pick(random, TOLD));
    return [given(inputText(CAPTION_TEMPLATE, input)), answer(outputText(output))];
  });
  const head = random.uniform() < 0.5 ? [given(`${CAPTION_TEMPLATE.instruction}\n`)] : [];
  return { kind: "captions", spans: [...head, ...spans.flat()] };
}

/** What the inputs of a document are like. */
interface InputShape {
  /** Words without places. */
  readonly count: number;
  /** Words with places; null: none. */
  readonly placed: PlacedShape | null;
}

function drawShape(random: Random): InputShape {
  // Mostly the numbers that the tasks use.
  const count = pick(random, [1, 1, 3, 3, 3, 5, 21, 2 + random.integer(22)]);
  const shape = { each: pick(random, [1, 2, 3, 3, 3]), colored: random.uniform() < 0.75 };
  return { count, placed: random.uniform() < 0.75 ? shape : null };
}

function sceneInput(
  scene: Imagined,
  { count, placed }: InputShape,
  random: Random,
  lexicon: Lexicon,
): PromptInput {
  const words = sceneWords(placed ? glanced(scene, random) : scene, count, random, lexicon);
  return placed ? { words, places: placedWords(scene, random, lexicon, placed) } : { words };
}

/** Relative frequency of questions that are asked of words; those without places say nothing of where. */
const ASKED: Readonly<Record<QuestionKind, number>> = {
  what: 4,
  where: 2,
  "how many": 2,
  color: 2,
  "is there": 4,
};

/** Questions about words, or about a sentence. */
export function answerDocument(lexicon: Lexicon, random: Random, part: Part): Document {
  const form = random.uniform();
  if (form < 0.2) return descriptionDocument(random, part);
  if (form < 0.4) return presenceDocument(lexicon, random);
  const pairs = 1 + random.integer(5);
  const shape = drawShape(random);
  const spans = Array.from({ length: pairs }, (): Span[] => {
    const scene = imagine(random, part);
    const input = sceneInput(scene, shape, random, lexicon);
    const asked = drawQuestions(questions(scene, random), random.uniform() < 0.6 ? 1 : 4, random);
    return asked.flatMap(({ question, answer: right }, i) => [
      // Further questions about the same words stand in lines of their own.
      given(i === 0 ? inputText(ANSWER_TEMPLATE, { ...input, question }) : questionText(question)),
      answer(outputText(right)),
    ]);
  });
  const head = random.uniform() < 0.5 ? [given(`${ANSWER_TEMPLATE.instruction}\n`)] : [];
  return { kind: "answers", spans: [...head, ...spans.flat()] };
}

/**
 * Many questions whether something is among a few words: what is there, what was there before, and
 * other things. So dense are the answers that a model finds out what they depend on.
 */
function presenceDocument(lexicon: Lexicon, random: Random): Document {
  let before: readonly Noun[] = [];
  const placed = random.uniform() < 0.6;
  const spans = Array.from({ length: 1 + random.integer(4) }, (): Span[] => {
    const present = random.shuffle([...NOUNS]).slice(0, 1 + random.integer(3));
    const absent = [...before, ...random.shuffle([...NOUNS]).slice(0, 2)].filter(
      (noun) => !present.includes(noun),
    );
    before = present;
    const named = present.flatMap((noun) => {
      const [, ...others] = describingWords(described(noun, random), 2 + random.integer(4), random);
      const [keyword = ""] = random.shuffle([...noun.keywords]);
      const entry = random.uniform() < 0.5 ? noun.name : `${noun.name} ${keyword}`.trim();
      return [entry, ...others.slice(0, random.integer(3))];
    });
    const strange = Array.from({ length: random.integer(4) }, () => pick(random, lexicon.words));
    const words = random.shuffle([...named, ...strange]);
    const places = placed ? present.map((noun) => seenSomewhere(noun, random)) : [];
    const mentioned = (noun: Noun) => words.some((word) => word.split(" ").includes(noun.name));
    const asked = random.shuffle([...present, ...absent.filter((noun) => !mentioned(noun))]);
    const input = { words: placed ? words.slice(0, 3) : words, places };
    return asked.slice(0, 6).flatMap((noun, i) => {
      const question = presenceQuestion(noun);
      return [
        given(
          i === 0 ? inputText(ANSWER_TEMPLATE, { ...input, question }) : questionText(question),
        ),
        answer(outputText(present.includes(noun) ? "yes" : "no")),
      ];
    });
  });
  return { kind: "answers", spans: spans.flat() };
}

/** `red dog animal on the left` */
function seenSomewhere(noun: Noun, random: Random): string {
  const color = random.uniform() < 0.7 ? `${pick(random, COLOR_NAMES)} ` : "";
  const keywords = random.shuffle([...noun.keywords]).slice(0, random.integer(3));
  return `${color}${random.shuffle([noun.name, ...keywords]).join(" ")} ${pick(random, PLACES)}`;
}

function drawQuestions(all: readonly Question[], count: number, random: Random): Question[] {
  const weights = all.map(({ kind }) => {
    return ASKED[kind] / all.filter((other) => other.kind === kind).length;
  });
  const drawn = Array.from({ length: count }, () => all[pickWeighted(random, weights)] as Question);
  return [...new Set(drawn)];
}

function questionText(question: string): string {
  return `Question: ${question} Answer:`;
}

const TELLING: readonly CaptionKind[] = ["plain", "background", "position", "relation", "count"];

/** A description, then questions that may or may not be answered by it. */
function descriptionDocument(random: Random, part: Part): Document {
  const spans = Array.from({ length: 1 + random.integer(3) }, (): Span[] => {
    const scene = imagine(random, part);
    const told = Array.from({ length: 2 }, () => caption(scene, random, pick(random, TELLING)));
    const asked = random.shuffle(questions(scene, random)).slice(0, 1 + random.integer(4));
    return [
      given(`${told.join(". ")}.\n`),
      ...asked.flatMap(({ question, answer: right }) => [
        given(questionText(question)),
        answer(outputText(right)),
      ]),
    ];
  });
  return { kind: "answers", spans: spans.flat() };
}

function caption({ spec, colorOf }: Imagined, random: Random, kind?: CaptionKind): string {
  return sceneCaption(spec, random, colorOf, kind);
}

function questions({ spec, colorOf }: Imagined, random: Random): Question[] {
  return sceneQuestions(spec, random, colorOf);
}

function spoken({ question, answer: right }: Question): string {
  return `Question: ${question} Answer: ${right}`;
}
