import assert from "node:assert/strict";
import { test } from "node:test";
import { Adam, AdamW, aten, backward, scope, type Tensor, tensor } from "@v2l/torch";
import { close, skip } from "./support.js";

interface Settings {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
}

/** The algorithm as printed in PyTorch's documentation of Adam and AdamW, in double precision. */
function reference(start: number[], steps: number, s: Settings, decoupled: boolean): number[] {
  const [beta1, beta2] = s.betas;
  const p = [...start];
  const m = p.map(() => 0);
  const v = p.map(() => 0);
  for (let t = 1; t <= steps; t++) {
    for (let i = 0; i < p.length; i++) {
      let x = p[i] as number;
      let g = gradient(x, i);
      if (decoupled) x -= s.lr * s.weightDecay * x;
      else g += s.weightDecay * x;
      m[i] = beta1 * (m[i] as number) + (1 - beta1) * g;
      v[i] = beta2 * (v[i] as number) + (1 - beta2) * g * g;
      const mHat = (m[i] as number) / (1 - beta1 ** t);
      const vHat = (v[i] as number) / (1 - beta2 ** t);
      p[i] = x - (s.lr * mHat) / (Math.sqrt(vHat) + s.eps);
    }
  }
  return p;
}

/** Of the loss sum(x^2 (i + 1)): 2 x (i + 1). */
const gradient = (x: number, i: number) => 2 * x * (i + 1);

function run(optimizer: Adam, x: Tensor, steps: number): void {
  for (let t = 0; t < steps; t++) {
    scope(() => {
      optimizer.zeroGrad();
      const factors = tensor([1, 2, 3], [3]);
      backward(aten.sum(aten.mul(aten.square(x), factors), null));
      optimizer.step();
    });
  }
}

const START = [0.5, -1.25, 2];
const SETTINGS: Settings = { lr: 0.05, betas: [0.5, 0.9], eps: 0.1, weightDecay: 0.2 };

for (const [name, Optimizer, decoupled] of [
  ["Adam", Adam, false],
  ["AdamW", AdamW, true],
] as const) {
  test(`${name} follows the published algorithm over 20 steps`, { skip }, () => {
    const x = tensor(START, [3], { requiresGrad: true });
    run(new Optimizer(new Map([["x", x]]), SETTINGS), x, 20);
    close(x.toFloat32Array(), reference(START, 20, SETTINGS, decoupled), 1e-5);
  });

  test(`${name} goes on from a saved state as if never interrupted`, { skip }, () => {
    const whole = tensor(START, [3], { requiresGrad: true });
    run(new Optimizer(new Map([["x", whole]]), SETTINGS), whole, 9);

    const first = tensor(START, [3], { requiresGrad: true });
    const before = new Optimizer(new Map([["x", first]]), SETTINGS);
    run(before, first, 4);
    const second = tensor(first.toFloat32Array(), [3], { requiresGrad: true });
    const after = new Optimizer(new Map([["x", second]]), SETTINGS);
    after.load(before.state());
    run(after, second, 5);
    assert.deepEqual(second.toFloat32Array(), whole.toFloat32Array());
  });
}

test("a parameter without a gradient keeps its value and its step count", { skip }, () => {
  const x = tensor([1], [1], { requiresGrad: true });
  const idle = tensor([7], [1], { requiresGrad: true });
  const optimizer = new Adam(new Map(Object.entries({ x, idle })), { lr: 0.1 });
  backward(aten.sum(x, null));
  optimizer.step();
  assert.equal(idle.item(), 7);
  assert.deepEqual(optimizer.state().steps, { x: 1 });
});

test("the learning rate of the next step can be set", { skip }, () => {
  const x = tensor([1], [1], { requiresGrad: true });
  const optimizer = new Adam(new Map([["x", x]]), { lr: 0.1 });
  optimizer.lr = 0;
  backward(aten.sum(x, null));
  optimizer.step();
  assert.equal(x.item(), 1);
});

test("a state of other parameters is refused", { skip }, () => {
  const x = tensor([1], [1], { requiresGrad: true });
  const optimizer = new Adam(new Map([["x", x]]), { lr: 0.1 });
  assert.throws(() => optimizer.load({ steps: { y: 3 }, moments: new Map() }), {
    code: "INVALID_ARGUMENT",
  });
});
