import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { normalizeAnswer, vqaAccuracy } from "v2l";

interface Fixture {
  readonly questions: readonly {
    readonly given: string;
    readonly answers: readonly string[];
    readonly accuracy: number;
  }[];
}

// Written by fixtures/language.py.
const fixture = new URL("../../../test/metrics/fixtures/language.json", import.meta.url);
const expected = JSON.parse(readFileSync(fixture, "utf8")) as Fixture;

test("VQA accuracy over ten answers equals the independent computation", () => {
  const seen = new Set<number>();
  for (const { given, answers, accuracy } of expected.questions) {
    assert.ok(Math.abs(vqaAccuracy(given, answers) - accuracy) < 1e-9, `${given}: ${answers}`);
    seen.add(accuracy);
  }
  assert.ok(seen.size >= 5);
});

test("VQA accuracy by hand", () => {
  const answers = (matching: number) =>
    Array.from({ length: 10 }, (_, i) => (i < matching ? "yes" : "no"));
  // With m of ten: m times min(1, (m - 1) / 3) and 10 - m times min(1, m / 3), a tenth of it.
  const wanted = [0, 0.3, 0.6, 0.9, 1, 1];
  wanted.forEach((accuracy, matching) => {
    assert.ok(Math.abs(vqaAccuracy("Yes", answers(matching)) - accuracy) < 1e-9);
  });
});

test("with one answer it counts whether it is the same after normalisation", () => {
  assert.equal(vqaAccuracy("The dog.", ["a dog"]), 1);
  assert.equal(vqaAccuracy("two dogs", ["2 dogs"]), 1);
  assert.equal(vqaAccuracy("dogs", ["dog"]), 0);
  assert.equal(vqaAccuracy("", ["dog"]), 0);
  assert.throws(() => vqaAccuracy("dog", []), { code: "INVALID_ARGUMENT", message: /`answers`/ });
});

test("answers are normalised as by the official evaluation", () => {
  // By the steps of vqaEval.py.
  const cases: [given: string, normalised: string][] = [
    ["A Dog, and the cat!", "dog and cat"],
    ["none", "0"],
    ["ten", "10"],
    ["red/blue", "red blue"],
    ["red / blue", "red blue"],
    ["ice-cream", "ice cream"],
    ["1,000-2", "10002"],
    ["3.5 m. high", "3.5 m high"],
    ["arent", "aren't"],
    ["couldntve", "couldntve"],
    ["couldnt've", "couldn't've"],
    ["ow's'at", "'ow's'at"],
    ["somebody'd", "somebodyd"],
    ["shes", "shes"],
    ["on\nthe\tleft", "on left"],
    ["the", ""],
  ];
  for (const [given, normalised] of cases) assert.equal(normalizeAnswer(given), normalised);
});
