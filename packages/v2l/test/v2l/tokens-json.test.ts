import assert from "node:assert/strict";
import { test } from "node:test";
import { V2LError } from "@v2l/nn";
import { type ImageTokens, parseTokens, type TokenSpace, tokensToJson } from "v2l";

const space: TokenSpace = {
  bundle: "tiny",
  grid: { height: 1, width: 2 },
  codebooks: { local: 5, global: 3 },
};

const tokens: ImageTokens = {
  globalTokens: [{ id: 2, word: "dog", similarity: 0.25, distance: 1.5 }],
  localTokens: { grid: new Int32Array([4, 0]), height: 1, width: 2, pieces: ["▁a", "\n"] },
};

test("tokens survive a round trip through JSON text", () => {
  const text = JSON.stringify(tokensToJson(tokens, space));
  assert.deepEqual(parseTokens(text, space), tokens);
  assert.deepEqual(parseTokens(JSON.parse(text), space), tokens);
});

test("the document is versioned and tells where the ids come from", () => {
  assert.deepEqual(tokensToJson(tokens, space), {
    format: "v2l-tokens",
    version: 1,
    bundle: "tiny",
    grid: { height: 1, width: 2 },
    codebooks: { local: 5, global: 3 },
    globalTokens: [{ id: 2, word: "dog", similarity: 0.25, distance: 1.5 }],
    localTokens: { grid: [4, 0], pieces: ["▁a", "\n"] },
  });
});

const refusals: [string, (json: Record<string, unknown>) => unknown, RegExp][] = [
  ["no JSON", () => "{", /JSON document/],
  ["a list", () => [], /an object for `tokens`/],
  ["another format", (json) => ({ ...json, format: "x" }), /"v2l-tokens" for `format`/],
  ["another version", (json) => ({ ...json, version: 2 }), /version 1.*received 2. Update v2l/],
  [
    "another grid",
    (json) => ({ ...json, bundle: "paper", grid: { height: 16, width: 16 } }),
    /a 1x2 grid for `grid` but received 16x16.*"paper", this one is "tiny"/,
  ],
  [
    "another codebook",
    (json) => ({ ...json, codebooks: { local: 32000, global: 3 } }),
    /5 entries for `codebooks.local` but received 32000/,
  ],
  [
    "an id outside the codebook",
    (json) => ({ ...json, localTokens: { grid: [4, 5], pieces: ["", ""] } }),
    /from 0 to 4 for `localTokens.grid\[1\]` but received 5/,
  ],
  [
    "too few ids",
    (json) => ({ ...json, localTokens: { grid: [4], pieces: ["", ""] } }),
    /2 entries for `localTokens.grid` but received 1 entries/,
  ],
  [
    "a word without an id",
    (json) => ({ ...json, globalTokens: [{ word: "dog", similarity: 1, distance: 1 }] }),
    /from 0 to 2 for `globalTokens\[0\].id` but received nothing/,
  ],
  ["no local tokens", ({ localTokens: _, ...json }) => json, /`localTokens` but received nothing/],
];

for (const [name, change, message] of refusals) {
  test(`${name} is refused`, () => {
    const json = change({ ...tokensToJson(tokens, space) });
    assert.throws(
      () => parseTokens(json, space),
      (error) => {
        assert.ok(error instanceof V2LError);
        assert.equal(error.code, "INVALID_ARGUMENT");
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
