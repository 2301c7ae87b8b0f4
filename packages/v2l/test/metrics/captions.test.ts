import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bleu, type CaptionedImage, captionTokens, cider, rougeL } from "v2l";

interface Fixture {
  readonly images: readonly CaptionedImage[];
  readonly bleu: readonly number[];
  readonly CIDEr: readonly number[];
  readonly "CIDEr-D": readonly number[];
  readonly rougeL: readonly number[];
}

// Written by fixtures/language.py with numpy 2.4.
const fixture = new URL("../../../test/metrics/fixtures/language.json", import.meta.url);
const expected = JSON.parse(readFileSync(fixture, "utf8")) as Fixture;

function near(actual: number, wanted: number): void {
  assert.ok(Math.abs(actual - wanted) <= 1e-6 * Math.abs(wanted), `${actual} is not ${wanted}`);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

const one = (caption: string, ...references: string[]): CaptionedImage => ({ caption, references });

test("BLEU of 1 to 4 words equals the independent computation", () => {
  expected.bleu.forEach((wanted, i) => {
    near(bleu(expected.images, i + 1), wanted);
  });
});

test("both CIDErs equal the independent computation, image by image", () => {
  for (const variant of ["CIDEr", "CIDEr-D"] as const) {
    const { score, images } = cider(expected.images, variant);
    images.forEach((value, i) => {
      near(value, expected[variant][i] as number);
    });
    near(score, mean(expected[variant]));
  }
  near(cider(expected.images).score, mean(expected["CIDEr-D"]));
});

test("ROUGE-L equals the independent computation, image by image", () => {
  const { score, images } = rougeL(expected.images);
  images.forEach((value, i) => {
    near(value, expected.rougeL[i] as number);
  });
  near(score, mean(expected.rougeL));
});

test("BLEU by hand", () => {
  // The caption of Papineni et al.'s second example: `the` counts twice, as in one reference. 2 of 7.
  const clipped = one("the the the the the the the", "the cat is on the mat", "there is a cat");
  near(bleu([clipped], 1), 2 / 7);
  // 3 of 4 words and 1 of 3 pairs; references of 3 and 5 words are equally close: the shorter counts.
  const short = one("a red dog runs", "a dog runs", "a dog that runs fast");
  near(bleu([short], 2), Math.sqrt((3 / 4) * (1 / 3)));
  // Every word matches, 2 words against 3: exp(1 - 3/2).
  near(bleu([one("a dog", "a dog runs")], 1), Math.exp(-0.5));
});

test("CIDEr by hand", () => {
  // Of two images with different words every word weighs ln 2. One of two words fits: cosine 1/2 for
  // single words, 0 for pairs, and no longer n-grams: 10 * (1/2) / 4.
  const images = [one("red dog", "blue dog"), one("sun", "moon shines")];
  near(cider(images, "CIDEr").images[0] as number, 1.25);
  near(cider(images).images[0] as number, 1.25);
  // dog dog dog: plain CIDEr sees the direction of the vectors alone, 10 / 4. The -D variant counts one of
  // three (1/3) and takes the length off: exp(-(2^2) / (2 * 6^2)).
  const repeated = [one("dog dog dog", "dog"), one("sun", "moon")];
  near(cider(repeated, "CIDEr").images[0] as number, 2.5);
  near(cider(repeated).images[0] as number, (2.5 / 3) * Math.exp(-4 / 72));
});

test("ROUGE-L by hand", () => {
  // `a dog` of `a red dog` and of `a dog runs fast`: precision 2/3, recall 2/4 by one, 2/3 by the other.
  const [score] = rougeL([one("a red dog", "a dog runs fast", "a dog barks")]).images;
  near(score as number, 2 / 3);
  const [other] = rougeL([one("a red dog", "a dog runs fast")]).images;
  near(other as number, (2.44 * (2 / 3) * (1 / 2)) / (1 / 2 + 1.44 * (2 / 3)));
});

test("an empty caption scores 0, and so does what has no word in common", () => {
  const images = [one("", "a dog"), one("sun", "two cats")];
  assert.ok(bleu(images) < 1e-6);
  for (const metric of [cider, rougeL]) assert.deepEqual(metric(images).images, [0, 0]);
  assert.equal(rougeL([one("a", "")]).score, 0);
});

test("CIDEr of a single image is 0: nothing tells its words from those of others", () => {
  assert.deepEqual(cider([one("a dog", "a dog")]), { score: 0, images: [0] });
});

test("no images, or an image without references, are refused", () => {
  for (const metric of [bleu, cider, rougeL]) {
    assert.throws(() => metric([]), { code: "INVALID_ARGUMENT", message: /`images`/ });
    const images = [one("a", "b"), one("a")];
    assert.throws(() => metric(images), { code: "INVALID_ARGUMENT", message: /references/ });
  }
});

test("tokens are words in lower case, without punctuation, clitics apart", () => {
  // As Stanford's PTBTokenizer (lowerCase) splits these, less the punctuation that coco-caption drops.
  const text = "A dog's well-known trick: it isn't 3.5, but 1,000 (thousand)!";
  const wanted = "a dog 's well-known trick it is n't 3.5 but 1,000 thousand";
  assert.equal(captionTokens(text).join(" "), wanted);
  assert.deepEqual(captionTokens(" ... "), []);
});
