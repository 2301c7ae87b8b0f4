import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryFolder } from "@v2l/testing";
import { crop, type GlobalToken, PLACES } from "v2l";
import { partsOf, placeWords } from "../../src/v2l/places.js";
import { loadParts, picture } from "./tiny-v2l.js";

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
function spoken(shown: Readonly<Record<number, object>>, count = 4): string[] {
  const parts = PLACES.map((_, i) => words({ ...EMPTY, ...shown[i] }));
  const placed = placeWords({ whole: words(WHOLE), parts, similarity }, count);
  return placed.map(({ token, place }) => `${token.word} ${place}`);
}

test("what is everywhere is said of no part", () => {
  assert.deepEqual(spoken({}), []);
});

test("what is in one part is said of it, once, though others show a bit of it", () => {
  const corner = { 0: { red: 0.7, dog: 0.6, pet: 0.7 }, 1: { red: 0.6, dog: 1.2, pet: 1.1 } };
  assert.deepEqual(spoken(corner), ["dog in the top left corner"]);
});

test("a thing between two parts lies where both draw it", () => {
  // Equally near to the parts at the top left and top right: at the top.
  const both = { 0: { dog: 0.6 }, 2: { dog: 0.6 } };
  assert.deepEqual(spoken(both), ["dog at the top"]);
});

test("several things are said, the one that fits best first, and none that fits much worse", () => {
  const two = { 0: { dog: 0.6 }, 8: { cat: 0.6 } };
  // Means of the distances to the whole and to the nearest part: 0.75 and 0.8.
  const expected = ["dog in the top left corner", "cat in the bottom right corner"];
  assert.deepEqual(spoken(two), expected);
  assert.deepEqual(spoken(two, 1), expected.slice(0, 1));
  // 0.975 is worse than 0.75 by more than 0.2.
  assert.deepEqual(spoken({ ...two, 8: { cat: 0.95, red: 1 } }), expected.slice(0, 1));
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
    },
    4,
  );
  assert.deepEqual(await v2l.locate(image), expected);
  assert.deepEqual(await v2l.locate([image, image], { count: 0 }), [[], []]);
  await assert.rejects(v2l.locate(image, { count: -1 }), /count/);
});
