import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "@v2l/nn";
import { CAPTION_KINDS, objectList, sceneCaption } from "./captions.js";
import { COLOR_NAMES } from "./colors.js";
import { emojiEntries } from "./emojibase.js";
import { NOUNS, type Noun } from "./nouns.js";
import type { ColorOf } from "./object-color.js";
import { article, countOf } from "./phrases.js";
import { sceneQuestions } from "./questions.js";
import { type SceneSpec, sceneSpec } from "./scene-spec.js";

/** Where Debian's package `wordnet-base` keeps WordNet. */
export const WORDNET_FOLDER = "/usr/share/wordnet";

export interface CorpusOptions {
  /** Imagined scenes to describe; 4,000 by default. */
  readonly scenes?: number;
  /** Folder of WordNet 3.0's `data.*` files, whose glosses are added; none by default. */
  readonly wordnet?: string;
}

/**
 * The text of the demo world, one sentence at a time and always the same: captions, lists and
 * questions of imagined scenes (novel objects among them: their names belong to the text), what
 * CLDR says about every emoji, and WordNet's English on request.
 */
export function* corpusLines(options: CorpusOptions = {}): Generator<string> {
  const random = new Random(1);
  for (let i = 0; i < (options.scenes ?? 4000); i++) yield* sceneLines(imagined(i, random), random);
  for (const noun of NOUNS) yield* nounLines(noun);
  for (const { label, tags } of emojiEntries()) {
    yield label;
    yield `${label}: ${tags.join(", ")}`;
    yield* tags.map((tag) => `a picture of ${tag}`);
  }
  if (options.wordnet) yield* glosses(options.wordnet);
}

/** A scene of the train split whose nouns are drawn again, now from all objects. */
function imagined(index: number, random: Random): SceneSpec {
  const spec = sceneSpec(index, { split: "train" });
  const drawn = new Map<string, string>();
  const replace = (name: string) => {
    if (!drawn.has(name)) drawn.set(name, (NOUNS[random.integer(NOUNS.length)] as Noun).name);
    return drawn.get(name) as string;
  };
  return { ...spec, objects: spec.objects.map((each) => ({ ...each, noun: replace(each.noun) })) };
}

function* sceneLines(spec: SceneSpec, random: Random): Generator<string> {
  const shades = spec.objects.map(() => COLOR_NAMES[random.integer(COLOR_NAMES.length)] ?? null);
  const colorOf: ColorOf = (object) => shades[spec.objects.indexOf(object)] ?? null;
  for (const kind of CAPTION_KINDS) yield sceneCaption(spec, random, colorOf, kind);
  for (const { question, answer } of sceneQuestions(spec, random, colorOf)) {
    yield `Question: ${question} Answer: ${answer}`;
  }
  const words = objectList(spec).replaceAll(", ", " ");
  yield `Input: < ${words} > Output: ${countOf(spec.objects.length)}`;
}

/** How often each object's sentences are repeated, so that its words become whole pieces. */
const REPEATS = 200;

/** Sentences with an object's name, its plural and its keywords. */
function* nounLines({ name, plural, form, category, keywords }: Noun): Generator<string> {
  const one = form === "count" ? `${article(name)} ${name}` : name;
  for (let i = 0; i < REPEATS; i++) {
    yield `A photo of ${one}. Many ${plural}. The ${name} is a ${category}.`;
    if (keywords.length > 0) yield `${name}: ${keywords.join(", ")}`;
  }
}

/** The definitions and examples of WordNet's synsets. */
function* glosses(folder: string): Generator<string> {
  for (const part of ["noun", "verb", "adj", "adv"]) {
    const file = join(folder, `data.${part}`);
    if (!existsSync(file)) continue;
    for (const line of readFileSync(file, "latin1").split("\n")) {
      const gloss = line.split(" | ")[1]?.trim();
      if (gloss) yield* gloss.split("; ");
    }
  }
}
