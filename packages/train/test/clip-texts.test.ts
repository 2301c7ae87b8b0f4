import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@v2l/nn";
import { contrastiveTargets } from "../src/clip/loss.js";
import { type ClaimedText, drawText, isTrue, type TextMix } from "../src/clip/texts.js";
import { seen, WHOLE_VIEW } from "../src/clip/view.js";
import { type ColorOf, type SceneSpec, sceneSpec } from "../src/world/index.js";

const RED: ColorOf = () => "red";

/** A dog in the top left corner and a ship in the bottom right one, 40 pixels each. */
function twoObjects(): SceneSpec {
  const spec = sceneSpec(1, { split: "train", objects: [2, 2] });
  const [first] = spec.objects;
  assert.ok(first);
  const dog = { ...first, noun: "dog", x: 30, y: 30, size: 40 };
  const ship = { ...first, noun: "ship", x: 98, y: 98, size: 40 };
  const background = { kind: "plain", colors: ["blue"], rgb: [[0, 0, 255]] } as const;
  return { ...spec, background, objects: [dog, ship] };
}

test("a view shows what lies in it, and is unsure of what its edge cuts", () => {
  const spec = twoObjects();
  const whole = seen(spec, WHOLE_VIEW, RED, true);
  const facts = ["dog", "ship", "count 2", "color red", "red dog", "red ship"];
  assert.deepEqual(whole.known, new Set([...facts, "color blue", "background blue"]));
  const corner = seen(spec, { left: 0, top: 0, side: 60 }, RED, true);
  assert.ok(corner.known.has("dog") && corner.known.has("count 1"));
  assert.ok(!corner.known.has("ship") && !corner.unsure.has("ship"));
  // 20 of the dog's 40 columns and all of its rows: half of it.
  const cut = seen(spec, { left: 30, top: 0, side: 60 }, RED, true);
  assert.ok(!cut.known.has("dog") && cut.unsure.has("dog") && cut.unsure.has("count 1"));
});

test("nobody is sure of the colours of a picture whose colours were changed", () => {
  const { known, unsure } = seen(twoObjects(), WHOLE_VIEW, RED, false);
  assert.ok(known.has("dog") && !known.has("color red"));
  assert.ok(unsure.has("color green") && unsure.has("background blue") && unsure.has("red dog"));
});

test("a view shows a colour of a gradient where there is enough of it", () => {
  const spec = twoObjects();
  const rgb = [
    [0, 0, 255],
    [255, 255, 255],
  ] as const;
  const background = { kind: "gradient", colors: ["blue", "white"], rgb, angle: 0 } as const;
  const left = seen({ ...spec, background }, { left: 0, top: 64, side: 44 }, RED, true);
  assert.ok(left.known.has("background blue"));
  assert.ok(!left.known.has("background white") && !left.unsure.has("background white"));
});

const NONE: TextMix = {
  noun: 0,
  keyword: 0,
  template: 0,
  caption: 0,
  list: 0,
  color: 0,
  count: 0,
};

test("texts drawn about a view are true of it, and judged of another", () => {
  const both = seen(twoObjects(), WHOLE_VIEW, RED, true);
  const empty = seen({ ...twoObjects(), objects: [] }, WHOLE_VIEW, RED, true);
  for (const form of Object.keys(NONE) as (keyof TextMix)[]) {
    for (let seed = 0; seed < 20; seed++) {
      for (const view of [both, empty]) {
        const text = drawText(view, { ...NONE, [form]: 1 }, new Random(seed), RED);
        assert.equal(isTrue(text, view), true, `${form}: ${text.text}`);
      }
    }
  }
  const claim = (fact: string): ClaimedText => ({ text: "", claims: [[fact]], isNew: false });
  assert.equal(isTrue(claim("dog"), empty), false);
  assert.equal(isTrue(claim("color blue"), empty), true);
  const changed = seen(twoObjects(), WHOLE_VIEW, RED, false);
  assert.equal(isTrue(claim("color blue"), changed), null);
});

test("rows and columns of the targets share what is true, rare texts first", () => {
  // Picture 0: texts a and b are true; picture 1: b; nobody knows of c and picture 1.
  const truth = Float32Array.from([1, 1, 0, 0, 1, -1]);
  const options = { pictures: 2, textsEach: 1, multiPositive: true };
  const equal = contrastiveTargets(truth, { ...options, rareFirst: 0 });
  assert.deepEqual([...equal.rows], [0.5, 0.5, 0, 0, 1, 0]);
  // b is true of two pictures: half of a's share.
  const rare = contrastiveTargets(truth, { ...options, rareFirst: 1 });
  assert.deepEqual([...rare.rows], [2 / 3, 1 / 3, 0, 0, 1, 0].map(Math.fround));
  assert.deepEqual([...rare.columns], [1, 0.5, 0, 0, 0.5, 0]);
  // Each picture's own texts only, as in CLIP.
  const own = contrastiveTargets(truth, { ...options, multiPositive: false, rareFirst: 0 });
  assert.deepEqual([...own.rows], [1, 0, 0, 0, 1, 0]);
});
