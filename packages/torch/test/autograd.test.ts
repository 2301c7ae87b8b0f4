import assert from "node:assert/strict";
import { test } from "node:test";
import { aten, backward, grad, manualSeed, noGrad, type Tensor, tensor } from "@v2l/torch";
import { close, skip, values } from "./support.js";

/** Central differences of a scalar function, in float64 inside libtorch. */
function finiteDifferences(f: (x: Tensor) => Tensor, at: Float64Array, shape: number[]): number[] {
  const h = 1e-5;
  return Array.from(at, (_, i) => {
    const side = (sign: number) => {
      const moved = at.slice();
      moved[i] = (moved[i] as number) + sign * h;
      return f(tensor(moved, shape)).item();
    };
    return (side(1) - side(-1)) / (2 * h);
  });
}

const weight = Float64Array.from(values(2 * 2 * 9, 3));
const FUNCTIONS: Record<string, (x: Tensor) => Tensor> = {
  conv2d: (x) => aten.conv2d(x, tensor(weight, [2, 2, 3, 3]), null, 1, 1),
  groupNorm: (x) => aten.groupNorm(x, 1, null, null, 1e-6),
  softmax: (x) => aten.softmax(x, -1),
  silu: (x) => aten.silu(x),
  upsample: (x) => aten.upsampleNearest2d(x, [8, 8], 2, 2),
  slice: (x) => aten.slice(x, 2, 1, 3),
};

for (const [name, f] of Object.entries(FUNCTIONS)) {
  test(`the gradient of ${name} agrees with finite differences`, { skip }, () => {
    const shape = [1, 2, 4, 4];
    const at = Float64Array.from(values(32, 5));
    const loss = (x: Tensor) => aten.sum(aten.powScalar(f(x), 3), null);
    const x = tensor(at, shape, { requiresGrad: true });
    backward(loss(x));
    close((x.grad as Tensor).toFloat32Array(), finiteDifferences(loss, at, shape), 1e-5);
  });
}

test("backward adds to grad until it is set to null", { skip }, () => {
  const x = tensor([2], [1], { requiresGrad: true });
  backward(aten.square(x));
  backward(aten.square(x));
  assert.equal(x.grad?.item(), 8);
  x.grad = null;
  assert.equal(x.grad, null);
});

test("grad leaves the leaves alone and can keep the graph", { skip }, () => {
  const x = tensor([2], [1], { requiresGrad: true });
  const y = aten.powScalar(x, 3);
  const [first] = grad([y], [x], { retainGraph: true });
  const [second] = grad([y], [x]);
  assert.equal(first?.item(), 12);
  assert.equal(second?.item(), 12);
  assert.equal(x.grad, null);
  assert.throws(() => grad([y], [x]), { name: "TorchError", code: "OPERATOR_FAILED" });
});

test("grad of grad is the second derivative", { skip }, () => {
  const x = tensor([2], [1], { requiresGrad: true });
  const [first] = grad([aten.powScalar(x, 3)], [x], { createGraph: true });
  const [second] = grad([first as Tensor], [x]);
  assert.equal(second?.item(), 12); // 6 x
});

test("an unused input gives null where that is allowed", { skip }, () => {
  const x = tensor([2], [1], { requiresGrad: true });
  const idle = tensor([2], [1], { requiresGrad: true });
  const y = aten.square(x);
  assert.throws(() => grad([y], [idle], { retainGraph: true }), { name: "TorchError" });
  assert.deepEqual(grad([y], [idle], { allowUnused: true }), [null]);
});

test("losses of many elements take the gradient to start from", { skip }, () => {
  const x = tensor([1, 2], [2], { requiresGrad: true });
  backward(aten.square(x), { gradient: tensor([1, 10], [2]) });
  assert.deepEqual([...(x.grad as Tensor).toFloat32Array()], [2, 40]);
});

test("noGrad records nothing, and recording goes on after it, also after a throw", { skip }, () => {
  const x = tensor([2], [1], { requiresGrad: true });
  assert.equal(noGrad(() => aten.square(x)).requiresGrad, false);
  assert.throws(() =>
    noGrad(() => {
      throw new Error("inside");
    }),
  );
  assert.equal(aten.square(x).requiresGrad, true);
  assert.equal(aten.square(x).detach().requiresGrad, false);
});

test("a seed fixes the random numbers", { skip }, () => {
  const draw = () => {
    manualSeed(42);
    return aten.randn([3]).toFloat32Array();
  };
  const numbers = draw();
  assert.deepEqual(draw(), numbers);
  // torch.manual_seed(42); torch.randn(3) on CPU, PyTorch 1.13.
  close(numbers, [0.336690366, 0.128809407, 0.234462366], 1e-6);
});
