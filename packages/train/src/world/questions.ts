import type { Random } from "@v2l/nn";
import { type Noun, TRAINED_NOUNS } from "./nouns.js";
import type { ColorOf } from "./object-color.js";
import {
  article,
  type Group,
  groupPhrase,
  groupsOf,
  joinPhrases,
  NUMBER_WORDS,
  regionOf,
  regionPhrase,
} from "./phrases.js";
import type { SceneSpec } from "./scene-spec.js";

export const QUESTION_KINDS = ["what", "where", "how many", "color", "is there"] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

/** A question about a scene and its true answer, in lower case but for the first letter. */
export interface Question {
  readonly kind: QuestionKind;
  readonly question: string;
  readonly answer: string;
}

/**
 * Every question the scene answers without doubt, and for each present noun one about an absent
 * one (answer "no").
 */
export function sceneQuestions(spec: SceneSpec, random: Random, colorOf: ColorOf): Question[] {
  const groups = groupsOf(spec, colorOf);
  return [
    ...whatQuestions(spec, groups),
    ...whereQuestions(groups),
    ...countQuestions(spec, groups),
    ...colorQuestions(spec, groups),
    ...groups.flatMap((group) => presenceQuestions(group.noun, absentNoun(groups, random))),
  ];
}

function whatQuestions(spec: SceneSpec, groups: readonly Group[]): Question[] {
  const all = joinPhrases(groups.map((group) => groupPhrase(group, false)));
  const regions = spec.objects.map(regionOf);
  const placed = spec.objects.flatMap((object, i): Question[] => {
    const region = regions[i];
    if (!region || regions.filter((other) => other === region).length > 1) return [];
    const question = `What is ${regionPhrase(region)}?`;
    const group = groups.find(({ noun }) => noun.name === object.noun) as Group;
    return [
      { kind: "what", question, answer: groupPhrase({ ...group, objects: [object] }, false) },
    ];
  });
  return [{ kind: "what", question: "What is in the picture?", answer: all }, ...placed];
}

function whereQuestions(groups: readonly Group[]): Question[] {
  return groups.flatMap(({ noun, objects }): Question[] => {
    const [object] = objects;
    if (!object || objects.length > 1) return [];
    const question = `Where ${isOrAre(noun)} the ${noun.name}?`;
    return [{ kind: "where", question, answer: regionPhrase(regionOf(object)) }];
  });
}

function countQuestions(spec: SceneSpec, groups: readonly Group[]): Question[] {
  const number = (count: number) => NUMBER_WORDS[count] as string;
  const things: Question = {
    kind: "how many",
    question: "How many things are there?",
    answer: number(spec.objects.length),
  };
  const counted = groups.filter(({ noun }) => noun.form === "count");
  return [
    things,
    ...counted.map(({ noun, objects }): Question => {
      const question = `How many ${noun.plural} are there?`;
      return { kind: "how many", question, answer: number(objects.length) };
    }),
  ];
}

function colorQuestions(spec: SceneSpec, groups: readonly Group[]): Question[] {
  const background: Question = {
    kind: "color",
    question: "What color is the background?",
    answer: spec.background.colors.join(" and "),
  };
  const colored = groups.flatMap(({ noun, objects, color }): Question[] => {
    if (!color || objects.length > 1) return [];
    const question = `What color ${isOrAre(noun)} the ${noun.name}?`;
    return [{ kind: "color", question, answer: color }];
  });
  return [background, ...colored];
}

function presenceQuestions(present: Noun, absent: Noun): Question[] {
  return [
    { kind: "is there", question: presenceQuestion(present), answer: "yes" },
    { kind: "is there", question: presenceQuestion(absent), answer: "no" },
  ];
}

/** `Is there a dog?` */
export function presenceQuestion(noun: Noun): string {
  if (noun.form === "mass") return `Is there any ${noun.name}?`;
  if (noun.form === "plural") return `Are there any ${noun.name}?`;
  return `Is there ${article(noun.name)} ${noun.name}?`;
}

function absentNoun(groups: readonly Group[], random: Random): Noun {
  const present = new Set(groups.map(({ noun }) => noun.name));
  const absent = TRAINED_NOUNS.filter(({ name }) => !present.has(name));
  return absent[random.integer(absent.length)] as Noun;
}

function isOrAre({ form }: Noun): "is" | "are" {
  return form === "plural" ? "are" : "is";
}
