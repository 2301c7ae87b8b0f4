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

/** Words of a part by their distances, nearest first. */
function part(distances: Readonly<Record<string, number>>): GlobalToken[] {
  return Object.entries(distances)
    .map(([word, distance], id) => ({ id, word, distance, similarity: 0 }))
    .sort((a, b) => a.distance - b.distance);
}

const EMPTY = { red: 0.5, dog: 1.6, pet: 1.6, cat: 1.6 };

function spoken(parts: readonly GlobalToken[][], count = 4): string[] {
  return placeWords(parts, count).map(({ token, place }) => `${token.word} ${place}`);
}

test("what is in one part is said of it, and what is everywhere of none", () => {
  const parts = PLACES.map(() => part(EMPTY));
  assert.deepEqual(spoken(parts), []);
  // The dog fills the corner; the part beside shows half of it, and the background.
  parts[0] = part({ red: 0.9, dog: 0.7, pet: 0.8, cat: 1.2 });
  parts[1] = part({ red: 0.6, dog: 1.0, pet: 1.1, cat: 1.3 });
  assert.deepEqual(spoken(parts), ["dog in the top left corner"]);
});

test("the same word is said twice of parts that do not overlap, the clearest first", () => {
  const parts = PLACES.map(() => part(EMPTY));
  parts[0] = part({ red: 0.7, dog: 0.6, pet: 0.8, cat: 1.2 });
  parts[8] = part({ red: 0.7, dog: 0.5, pet: 0.8, cat: 1.2 });
  parts[2] = part({ red: 0.7, dog: 1.5, pet: 1.0, cat: 0.6 });
  // Nearer than on the average: by 0.86 (1.36 - 0.5), 0.80 (1.4 - 0.6) and 0.76 (1.36 - 0.6).
  assert.deepEqual(spoken(parts), [
    "dog in the bottom right corner",
    "cat in the top right corner",
    "dog in the top left corner",
  ]);
  assert.deepEqual(spoken(parts, 1), ["dog in the bottom right corner"]);
});

test("words of parts are those of the parts as images", async (t) => {
  await using v2l = await loadParts(temporaryFolder(t));
  const image = picture(32, 32, 3);
  const squares = [0, 8, 16].flatMap((top) =>
    [0, 8, 16].map((left) => crop(image, { left, top, width: 16, height: 16 })),
  );
  const embedded = await v2l.embedImage(squares);
  const expected = placeWords(await v2l.nearestWords(embedded, { count: 7 }), 4);
  assert.deepEqual(await v2l.locate(image), expected);
  assert.deepEqual(await v2l.locate([image, image], { count: 0 }), [[], []]);
  await assert.rejects(v2l.locate(image, { count: -1 }), /count/);
});
