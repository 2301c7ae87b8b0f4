import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Random } from "@v2l/nn";
import { PLACES } from "v2l";
import {
  article,
  CAPTION_KINDS,
  type CaptionKind,
  COLOR_NAMES,
  colorWord,
  GlyphAtlas,
  NOUNS,
  noun,
  objectColors,
  regionOf,
  regionPhrase,
  renderScene,
  type SceneObject,
  type SceneSpec,
  sceneCaption,
  sceneQuestions,
  sceneSpec,
  TRAIN_STYLES,
} from "../src/index.js";

/*
 * These tests read sentences with a grammar of their own (regular expressions over the words) and
 * compare what they say with the numbers of the spec; nothing of phrases.ts is used for that.
 */

let atlas: GlyphAtlas;
before(async () => {
  atlas = await GlyphAtlas.load({ styles: TRAIN_STYLES });
});

const scenes = (count: number): SceneSpec[] =>
  Array.from({ length: count }, (_, i) => sceneSpec(i, { split: "validation" }));

const COLOR = `(?:${COLOR_NAMES.join("|")})`;
const NUMBERS: Readonly<Record<string, number>> = { a: 1, an: 1, two: 2, three: 3 };

interface Mention {
  readonly noun: string;
  readonly count: number;
  readonly color: string | null;
}

/** Every `a red dog`, `two dogs` or `some bread` of a sentence, in order. */
function mentions(sentence: string): Mention[] {
  const names = NOUNS.flatMap(({ name, plural }) => [name, plural]).join("|");
  const pattern = new RegExp(`\\b(an?|two|three|some) (?:(${COLOR}) )?(${names})\\b`, "g");
  return [...sentence.matchAll(pattern)].map(([, number, color, word]) => {
    const found = NOUNS.find(({ name, plural }) => name === word || plural === word);
    return { noun: found?.name ?? "", count: NUMBERS[number ?? ""] ?? 1, color: color ?? null };
  });
}

function sortedNouns(spec: SceneSpec): string[] {
  return spec.objects.map((object) => object.noun).sort();
}

function spread(found: readonly Mention[]): string[] {
  return found.flatMap(({ noun, count }) => new Array<string>(count).fill(noun)).sort();
}

/** Does the place that the words name hold the point? Thirds of the picture, 40% and 60%. */
function liesIn(words: string, { x, y }: SceneObject): boolean {
  const band = (value: number) => (value < 51.2 ? -1 : value > 76.8 ? 1 : 0);
  const wanted = [
    words.includes("left") ? -1 : words.includes("right") ? 1 : 0,
    words.includes("top") ? -1 : words.includes("bottom") ? 1 : 0,
  ];
  return band(x) === wanted[0] && band(y) === wanted[1];
}

const PLACE = "(?:in the (?:(?:top|bottom) (?:left|right) corner|middle)|(?:on|at) the [a-z]+)";

const CHECKS: Readonly<Record<CaptionKind, (text: string, spec: SceneSpec) => void>> = {
  plain: (text, spec) => assert.deepEqual(spread(mentions(text)), sortedNouns(spec)),
  background: (text, spec) => {
    assert.deepEqual(spread(mentions(text)), sortedNouns(spec));
    const pattern = new RegExp(`\\ban? (${COLOR}(?: and ${COLOR})?)(?: ([a-z]+ed))? background`);
    const [, colors, texture] = pattern.exec(text) ?? [];
    assert.deepEqual(colors?.split(" and "), spec.background.colors);
    const textures = { striped: "stripes", checked: "checks", dotted: "dots", mottled: "clouds" };
    const wanted = spec.background.kind === "texture" ? spec.background.pattern : undefined;
    assert.equal(texture && textures[texture as keyof typeof textures], wanted);
  },
  position: (text, spec) => {
    assert.deepEqual(spread(mentions(text)), sortedNouns(spec));
    for (const part of text.split(/, | and /)) {
      const [place] = new RegExp(PLACE).exec(part) ?? [];
      const [one] = mentions(part);
      const object = spec.objects.find((each) => each.noun === one?.noun);
      if (place && object) assert.ok(liesIn(place, object), `${text}: ${JSON.stringify(object)}`);
    }
  },
  relation: (text, spec) => {
    const [how] = /to the left of|to the right of|above|below/.exec(text) ?? [];
    if (!how) {
      assert.deepEqual(spread(mentions(text)), sortedNouns(spec));
      return;
    }
    const [a, b] = mentions(text).map(({ noun }) =>
      spec.objects.filter((object) => object.noun === noun),
    );
    assert.deepEqual([a?.length, b?.length], [1, 1], text);
    const [first, second] = [a?.[0] as SceneObject, b?.[0] as SceneObject];
    const true_ = {
      "to the left of": first.x < second.x - 20,
      "to the right of": first.x > second.x + 20,
      above: first.y < second.y - 20,
      below: first.y > second.y + 20,
    };
    assert.ok(true_[how as keyof typeof true_], `${text}: ${JSON.stringify(spec.objects)}`);
  },
  count: (text, spec) => {
    const number = ["one thing", "two things", "three things"][spec.objects.length - 1];
    assert.ok(text.startsWith(`${number}: `), text);
    assert.deepEqual(spread(mentions(text)), sortedNouns(spec));
  },
  list: (text, spec) => assert.deepEqual(text.split(", ").sort(), sortedNouns(spec)),
  word: (text, spec) => assert.ok(sortedNouns(spec).includes(text), text),
  keywords: (text, spec) => {
    const about = spec.objects.map((object) => noun(object.noun));
    const words = text.split(", ");
    assert.ok(
      about.some(({ name, keywords }) =>
        words.every((word) => word === name || keywords.includes(word)),
      ),
      `${text}: ${sortedNouns(spec)}`,
    );
  },
};

for (const kind of CAPTION_KINDS) {
  test(`${kind} captions are true of their scene`, () => {
    const colorOf = objectColors(atlas);
    for (const spec of scenes(400)) {
      CHECKS[kind](sceneCaption(spec, new Random(spec.index), colorOf, kind), spec);
    }
  });
}

test("a random caption is one of the kinds, and all kinds occur", () => {
  const spec = sceneSpec(3, { split: "validation", objects: [1, 1] });
  const captions = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    captions.add(sceneCaption(spec, new Random(seed), objectColors(atlas)));
  }
  assert.ok(captions.size > 20, `${captions.size}`);
});

test("articles fit the sound that follows", () => {
  const words = {
    a: ["dog", "unicorn", "red apple", "whale"],
    an: ["ant", "orange cat", "egg", "umbrella"],
  };
  for (const [right, examples] of Object.entries(words)) {
    for (const word of examples) assert.equal(article(word), right, word);
  }
  for (const spec of scenes(300)) {
    for (const kind of ["plain", "background", "position"] as const) {
      const text = sceneCaption(spec, new Random(spec.index), objectColors(atlas), kind);
      assert.doesNotMatch(text, /\ba (?!uni)[aeiou]|\ban (?:[^aeiou]|uni)/, text);
    }
  }
});

test("colour words of objects agree with their pixels in the scene", () => {
  const colorOf = objectColors(atlas);
  let named = 0;
  for (const spec of scenes(300)) {
    const [object] = spec.objects;
    const color = object && colorOf(object);
    if (!object || !color) continue;
    named++;
    // Drawn alone on magenta and on green: where both agree, the object is opaque.
    const draw = (rgb: readonly [number, number, number]) => {
      const background = { kind: "plain", colors: ["pink"], rgb: [rgb] } as const;
      return renderScene({ ...spec, background, objects: [object] }, atlas);
    };
    const [first, second] = [draw([255, 0, 255]), draw([0, 255, 0])];
    let [same, area] = [0, 0];
    for (let at = 0; at < first.length; at += 3) {
      const [r, g, b] = first.subarray(at, at + 3) as unknown as [number, number, number];
      if (r !== second[at] || g !== second[at + 1] || b !== second[at + 2]) continue;
      area++;
      if (colorWord(r, g, b) === color) same++;
    }
    assert.ok(same > 0.5 * area, `${object.noun} in ${object.style}: ${color} ${same} of ${area}`);
  }
  assert.ok(named > 50, `${named}`);
});

test("colour words of clear colours are what everybody calls them", () => {
  const clear: [string, number, number, number][] = [
    ["red", 220, 20, 30],
    ["orange", 255, 140, 0],
    ["yellow", 255, 225, 30],
    ["green", 30, 160, 40],
    ["turquoise", 64, 224, 208],
    ["blue", 30, 80, 220],
    ["purple", 130, 40, 170],
    ["pink", 255, 170, 200],
    ["brown", 120, 70, 30],
    ["gray", 128, 128, 128],
    ["white", 250, 250, 250],
    ["black", 15, 15, 15],
  ];
  for (const [name, r, g, b] of clear) assert.equal(colorWord(r, g, b), name);
  assert.equal(colorWord(235, 75, 20), null); // between red and orange
});

test("questions are answered truly", () => {
  const colorOf = objectColors(atlas);
  const kinds = new Set<string>();
  for (const spec of scenes(400)) {
    for (const { kind, question, answer } of sceneQuestions(
      spec,
      new Random(spec.index),
      colorOf,
    )) {
      kinds.add(kind);
      checkAnswer(spec, question, answer);
    }
  }
  assert.deepEqual([...kinds].sort(), ["color", "how many", "is there", "what", "where"]);
});

type Answers = readonly [RegExp, (spec: SceneSpec, word: string, answer: string) => boolean];

const same = (a: readonly string[], b: readonly string[]) => a.join() === b.join();
const named = (spec: SceneSpec, word: string) =>
  spec.objects.filter((object) => [object.noun, noun(object.noun).plural].includes(word));

/** Questions by their words, and when an answer to them is true; the first that fits decides. */
const ANSWERS: readonly Answers[] = [
  [
    /^What is in the (picture)\?$/,
    (spec, _, answer) => same(spread(mentions(answer)), sortedNouns(spec)),
  ],
  [
    /^What is (.*)\?$/,
    (spec, place, answer) => {
      const there = spec.objects.filter((object) => liesIn(place, object));
      return same(
        spread(mentions(answer)),
        there.map((object) => object.noun),
      );
    },
  ],
  [
    /^Where (?:is|are) the (.*)\?$/,
    (spec, word, answer) => {
      const [object, ...others] = named(spec, word);
      return object !== undefined && others.length === 0 && liesIn(answer, object);
    },
  ],
  [
    /^How many (.*) are there\?$/,
    (spec, word, answer) => {
      const count = word === "things" ? spec.objects.length : named(spec, word).length;
      return answer === ["zero", "one", "two", "three"][count];
    },
  ],
  [
    /^What color is the (background)\?$/,
    (spec, _, answer) => answer === spec.background.colors.join(" and "),
  ],
  [
    /^What color (?:is|are) the (.*)\?$/,
    (spec, word, answer) => {
      const [object] = named(spec, word);
      return object !== undefined && objectColors(atlas)(object) === answer;
    },
  ],
  [
    /^(?:Is there an?|Is there any|Are there any) (.*)\?$/,
    (spec, word, answer) => answer === (named(spec, word).length > 0 ? "yes" : "no"),
  ],
];

function checkAnswer(spec: SceneSpec, question: string, answer: string): void {
  const say = `${question} ${answer} ${JSON.stringify(spec.objects)}`;
  const [pattern, isTrue] = ANSWERS.find(([asked]) => asked.test(question)) ?? [];
  assert.ok(pattern && isTrue, say);
  assert.ok(isTrue(spec, pattern.exec(question)?.[1] as string, answer), say);
}

test("the world's places are those of the words that prompts show", () => {
  const [object] = (scenes(1)[0] as SceneSpec).objects;
  // The middles of the nine parts: a quarter, a half and three quarters of the side.
  const middles = [32, 64, 96].flatMap((y) => [32, 64, 96].map((x) => ({ x, y })));
  const said = middles.map((at) => regionPhrase(regionOf({ ...(object as SceneObject), ...at })));
  assert.deepEqual(said, [...PLACES]);
});
