import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../src/index.js";

test("the generator is xoshiro128**", () => {
  const random = Random.fromState([1, 2, 3, 4]);
  // From a transcription of Blackman and Vigna's definition in Python integers.
  const expected = [11520, 0, 5927040, 70819200, 2031721883, 1637235492];
  assert.deepEqual(
    expected.map(() => random.bits()),
    expected,
  );
});

test("a stored state continues the sequence", () => {
  const random = new Random(7);
  random.normal();
  const copy = Random.fromState(random.state());
  assert.deepEqual([copy.uniform(), copy.integer(10)], [random.uniform(), random.integer(10)]);
});

test("seeds that differ, also above 32 bits, give different sequences", () => {
  const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 40];
  assert.equal(new Set(seeds.map((seed) => new Random(seed).bits())).size, seeds.length);
});

test("uniform, normal and integer have the moments of their distributions", () => {
  const random = new Random(1);
  const n = 20_000;
  const moments = (draw: () => number) => {
    const values = Array.from({ length: n }, draw);
    const mean = values.reduce((sum, x) => sum + x, 0) / n;
    return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n };
  };
  const uniform = moments(() => random.uniform(2, 5));
  assert.ok(Math.abs(uniform.mean - 3.5) < 0.03, `${uniform.mean}`);
  assert.ok(Math.abs(uniform.variance - 9 / 12) < 0.03, `${uniform.variance}`);
  const normal = moments(() => random.normal());
  assert.ok(Math.abs(normal.mean) < 0.03 && Math.abs(normal.variance - 1) < 0.05);
  const counts = [0, 0, 0];
  for (let i = 0; i < 3000; i++) {
    const k = random.integer(3);
    counts[k] = (counts[k] ?? 0) + 1;
  }
  assert.ok(counts.every((count) => count > 800 && count < 1200));
});

test("shuffle keeps the elements and reaches every order", () => {
  const random = new Random(3);
  const orders = new Set(Array.from({ length: 200 }, () => random.shuffle([1, 2, 3]).join("")));
  assert.deepEqual([...orders].sort(), ["123", "132", "213", "231", "312", "321"]);
});
