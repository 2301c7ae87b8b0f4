import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { rejects, temporaryFolder } from "@v2l/testing";
import { crop, type GlobalToken, PLACES, placedTexts } from "v2l";
import { type DescribedAttribute, partsOf, placeWords } from "../../src/v2l/places.js";
import { tinyParts } from "../tiny-bundle.js";
import { loadParts, picture, tinyPartsWithText } from "./tiny-v2l.js";

test("parts are nine squares of half the side in the middle square, from the top left on", () => {
  // Each pixel holds its own column and row.
  const data = Uint8Array.from({ length: 12 * 8 * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [pixel % 12, Math.floor(pixel / 12), 0][i % 3] as number;
  });
  const parts = partsOf({ width: 12, height: 8, data });
  const corners = parts.map((part) => [part.data[0], part.data[1], part.width, part.height]);
  // The middle square of 12x8 begins at column 2; halves of 8 begin at 0, 2 and 4.
  const expected = [0, 2, 4].flatMap((y) => [0, 2, 4].map((x) => [2 + x, y, 4, 4]));
  assert.deepEqual(corners, expected);
});

/** Words of an image or a part by their distances, nearest first. */
function words(distances: Readonly<Record<string, number>>): GlobalToken[] {
  return Object.entries(distances)
    .map(([word, distance], id) => ({ id, word, distance, similarity: 0 }))
    .sort((a, b) => a.distance - b.distance);
}

const EMPTY = { red: 0.5, dog: 1.6, pet: 1.6, cat: 1.6 };
const WHOLE = { red: 0.9, dog: 0.9, pet: 0.95, cat: 1.0 };

/** Dog and pet mean the same; the others do not. */
function similarity(a: number, b: number): number {
  return a === b || (a + b === 3 && a * b === 2) ? 0.8 : 0.1;
}

/** What is said of an image whose parts show nothing but the given ones. */
function spoken(
  shown: Readonly<Record<number, object>>,
  count = 4,
  attributes: readonly DescribedAttribute[] = [],
): string[] {
  const parts = PLACES.map((_, i) => words({ ...EMPTY, ...shown[i] }));
  return placedTexts(placeWords({ whole: words(WHOLE), parts, similarity, attributes }, count));
}

test("what is everywhere is said of no part", () => {
  assert.deepEqual(spoken({}), []);
});

test("what is in one part is said of it, in all words that mean it, though others show a bit of it", () => {
  const corner = { 0: { red: 0.7, dog: 0.6, pet: 0.7 }, 1: { red: 0.6, dog: 1.2, pet: 1.1 } };
  assert.deepEqual(spoken(corner), ["dog pet in the top left corner"]);
});

test("a thing between two parts lies where both draw it", () => {
  // Equally near to the parts at the top left and top right: at the top.
  const both = { 0: { dog: 0.6 }, 2: { dog: 0.6 } };
  assert.deepEqual(spoken(both), ["dog pet at the top"]);
});

test("several things are said, the one that fits best first, and none that fits much worse", () => {
  const two = { 0: { dog: 0.6 }, 8: { cat: 0.6 } };
  // 0.3 of the distance to the whole and 0.7 of that to the nearest part: 0.69 and 0.72.
  const expected = ["dog pet in the top left corner", "cat in the bottom right corner"];
  assert.deepEqual(spoken(two), expected);
  assert.deepEqual(spoken(two, 1), expected.slice(0, 1));
  // 0.965 is worse than 0.69 by more than 0.2.
  assert.deepEqual(spoken({ ...two, 8: { cat: 0.95, red: 0.9 } }), expected.slice(0, 1));
});

test("words that are somewhat alike are said of one thing where they are near to the same part", () => {
  const close = (a: number, b: number) => (a === b ? 1 : a + b === 4 && a * b === 3 ? 0.5 : 0.1);
  const said = (shown: Readonly<Record<number, object>>) => {
    const parts = PLACES.map((_, i) => words({ ...EMPTY, ...shown[i] }));
    const described = { whole: words(WHOLE), parts, similarity: close, attributes: [] };
    return placedTexts(placeWords(described, 4));
  };
  // Dog and cat have a cosine of 0.5; what is needed is 0.65 - 0.2 x 1 in the same part, about 0.65 in opposite ones.
  const both = { dog: 0.6, cat: 0.7 };
  assert.deepEqual(said({ 0: both, 8: { cat: 1.5 } }), ["dog in the top left corner"]);
  assert.deepEqual(said({ 0: { dog: 0.6 }, 8: { cat: 0.6 } }), [
    "dog in the top left corner",
    "cat in the bottom right corner",
  ]);
});

/** Nine times the first number, but for the given parts. */
function likeness(everywhere: number, others: Readonly<Record<number, number>> = {}): number[] {
  return PLACES.map((_, i) => others[i] ?? everywhere);
}

test("a thing has the attribute that the background does not explain in its part", () => {
  const shown = { 8: { cat: 0.6 } };
  // In the cat's part red is likest by far, but 0.8 of what is behind it goes off: red 0.02, blue 0.1, green 0.04.
  const attributes = [
    { name: "red", alone: likeness(0.5, { 8: 0.42 }), behind: likeness(0.5) },
    { name: "blue", alone: likeness(0.1, { 8: 0.26 }), behind: likeness(0.2) },
    { name: "green", alone: likeness(0.9, { 8: 0.2 }), behind: likeness(0.2) },
  ];
  const expected = ["blue cat in the bottom right corner", "red background"];
  assert.deepEqual(spoken(shown, 4, attributes), expected);
});

test("the background has the attributes of at least two parts, that of most parts first", () => {
  const behind = { red: [0, 1], green: [2], blue: [3, 4, 5, 6, 7, 8] };
  const attributes = Object.entries(behind).map(([name, parts]) => ({
    name,
    alone: likeness(0),
    behind: PLACES.map((_, i) => (parts.includes(i) ? 0.5 : 0.4)),
  }));
  assert.deepEqual(spoken({}, 4, attributes), ["blue and red background"]);
});

test("words of parts are those of the parts as images", async (t) => {
  await using v2l = await loadParts(temporaryFolder(t));
  const image = picture(32, 32, 3);
  const squares = [0, 8, 16].flatMap((top) =>
    [0, 8, 16].map((left) => crop(image, { left, top, width: 16, height: 16 })),
  );
  const embedded = await v2l.embedImage([image, ...squares]);
  const [whole = [], ...parts] = await v2l.nearestWords(embedded, { count: 7 });
  const neighbours = await Promise.all(whole.map(({ id }) => v2l.neighbours("global", id)));
  const expected = placeWords(
    {
      whole,
      parts,
      similarity: (a, b) => {
        const of = neighbours[whole.findIndex(({ id }) => id === a)] ?? [];
        return of.find(({ id }) => id === b)?.similarity ?? 1;
      },
      attributes: [],
    },
    4,
  );
  assert.deepEqual(await v2l.locate(image), expected);
  const none = { things: [], background: [] };
  assert.deepEqual(await v2l.locate([image, image], { count: 0 }), [none, none]);
  await assert.rejects(v2l.locate(image, { count: -1 }), /count/);
});

test("a bundle's attributes are said, others where asked for, and none where CLIP reads no texts", async (t) => {
  const parts = { ...tinyPartsWithText(), attributes: ["ab", "ba"] };
  await using v2l = await loadParts(temporaryFolder(t), parts);
  const image = picture(32, 32, 3);
  const { background } = await v2l.locate(image);
  assert.ok(background.length > 0 && background.every((one) => parts.attributes.includes(one)));
  assert.deepEqual((await v2l.locate(image, { attributes: ["c"] })).background, ["c"]);
  assert.deepEqual((await v2l.locate(image, { attributes: [] })).background, []);
  await rejects(
    loadParts(join(temporaryFolder(t), "mute"), { ...tinyParts(), attributes: ["ab"] }),
    "BUNDLE_INVALID",
    "attributes: ",
  );
});
