import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  Adam,
  aten,
  backward,
  externalMemory,
  keep,
  liveTensors,
  scope,
  type Tensor,
  tensor,
} from "@v2l/torch";
import { skip, values } from "./support.js";

test("a scope frees what was made inside, except its result", { skip }, () => {
  const before = liveTensors();
  const result = scope(() => {
    const x = tensor([1, 2], [2]);
    return aten.add(aten.square(x), x);
  });
  assert.equal(liveTensors(), before + 1);
  assert.deepEqual([...result.toFloat32Array()], [2, 6]);
  result.dispose();
  assert.equal(liveTensors(), before);
});

test("arrays, objects and Maps of tensors leave a scope alive", { skip }, () => {
  const out = scope(() => ({
    list: [tensor([1], [1])],
    map: new Map([["a", tensor([2], [1])]]),
    lost: tensor([3], [1]).shape,
  }));
  assert.equal(out.list[0]?.item(), 1);
  assert.equal(out.map.get("a")?.item(), 2);
});

test("the result of an inner scope belongs to the outer one", { skip }, () => {
  const before = liveTensors();
  let inner: Tensor | undefined;
  scope(() => {
    inner = scope(() => tensor([1], [1]));
    assert.equal(inner.item(), 1);
  });
  assert.ok(inner?.disposed);
  assert.equal(liveTensors(), before);
});

test("keep() survives every open scope", { skip }, () => {
  const kept = scope(() => {
    scope(() => keep(tensor([4], [1])));
    const x = scope(() => tensor([5], [1]));
    return { x: keep(x) };
  });
  assert.equal(kept.x.item(), 5);
  kept.x.dispose();
});

test("a scope frees also when it throws, and the stack of scopes recovers", { skip }, () => {
  const before = liveTensors();
  assert.throws(
    () =>
      scope(() => {
        tensor([1], [1]);
        scope(() => {
          tensor([1], [1]);
          throw new RangeError("inside");
        });
      }),
    RangeError,
  );
  assert.equal(liveTensors(), before);
  const free = tensor([1], [1]);
  assert.ok(!free.disposed);
  free.dispose();
});

test("an asynchronous scope is refused", { skip }, () => {
  assert.throws(() => scope(async () => tensor([1], [1])), { code: "INVALID_ARGUMENT" });
});

test("use after dispose is an error, everywhere", { skip }, () => {
  const x = tensor([1, 2], [2], { requiresGrad: true });
  const y = tensor([1, 2], [2]);
  x.dispose();
  x.dispose();
  const disposed = { name: "TorchError", code: "DISPOSED" };
  assert.throws(() => x.shape, disposed);
  assert.throws(() => x.grad, disposed);
  assert.throws(() => x.toFloat32Array(), disposed);
  assert.throws(() => x.item(), disposed);
  assert.throws(() => backward(x), disposed);
  assert.throws(() => aten.cat([y, x]), disposed);
  assert.throws(() => aten.add(y, x), {
    ...disposed,
    message: /^aten::add\.Tensor\(self: float32\[2\], other: disposed Tensor\): .*`other`/,
  });
});

test("a graph keeps what its backward needs after the tensors are disposed", { skip }, () => {
  const x = tensor([3], [1], { requiresGrad: true });
  const loss = scope(() => aten.sum(aten.square(aten.mulScalar(x, 2)), null));
  backward(loss);
  assert.equal(x.grad?.item(), 24); // d(4 x^2)/dx = 8 x
});

test("memory outside the heap is reported to V8", { skip }, () => {
  const before = externalMemory();
  const x = aten.zeros([1024, 1024]);
  assert.equal(externalMemory() - before, 4 * 1024 * 1024);
  const view = aten.reshape(x, [-1]);
  assert.equal(externalMemory() - before, 4 * 1024 * 1024);
  view.dispose();
  x.dispose();
  assert.equal(externalMemory(), before);
});

test("forgotten tensors are freed by the garbage collector", { skip }, async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const before = liveTensors();
  (() => {
    for (let i = 0; i < 100; i++) tensor([i], [1]);
  })();
  assert.equal(liveTensors(), before + 100);
  for (let i = 0; i < 5 && liveTensors() > before; i++) {
    collect();
    await setImmediate();
  }
  assert.ok(liveTensors() <= before, `${liveTensors() - before} are left`);
});

test("500 training steps grow resident memory by less than 20 MB", { skip }, () => {
  const x = tensor(values(4 * 3 * 32 * 32), [4, 3, 32, 32]);
  const params = new Map(
    Object.entries({
      first: tensor(values(16 * 3 * 9), [16, 3, 3, 3], { requiresGrad: true }),
      second: tensor(values(3 * 16 * 9), [3, 16, 3, 3], { requiresGrad: true }),
    }),
  );
  const optimizer = new Adam(params, { lr: 1e-3 });
  const step = () =>
    scope(() => {
      optimizer.zeroGrad();
      const hidden = aten.silu(aten.conv2d(x, params.get("first") as Tensor, null, 1, 1));
      const y = aten.conv2d(hidden, params.get("second") as Tensor, null, 1, 1);
      const loss = aten.mseLoss(y, x);
      backward(loss);
      optimizer.step();
      return loss.item();
    });
  for (let i = 0; i < 50; i++) step();
  const tensors = liveTensors();
  const resident = process.memoryUsage.rss();
  for (let i = 0; i < 500; i++) step();
  assert.equal(liveTensors(), tensors);
  const growth = (process.memoryUsage.rss() - resident) / 2 ** 20;
  assert.ok(growth < 20, `${growth.toFixed(1)} MB`);
});
