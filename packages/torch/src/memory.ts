import { TorchError } from "./error.js";
import { native } from "./native.js";
import { Tensor } from "./tensor.js";

/** Open scopes of this thread, innermost last. Calls into libtorch are synchronous, so a stack is enough. */
const open: Set<Tensor>[] = [];

/** Puts a new tensor into the innermost scope. */
export function track(tensor: Tensor): void {
  open.at(-1)?.add(tensor);
}

/**
 * Runs `fn` and frees every tensor made inside it, also when it throws, except those in its result
 * (a tensor, or arrays, plain objects and Maps of them), which pass to the scope around, and those
 * given to {@link keep}.
 * @throws TorchError `INVALID_ARGUMENT` where `fn` is asynchronous: scopes follow the call stack.
 */
export function scope<R>(fn: () => R): R {
  const tensors = new Set<Tensor>();
  open.push(tensors);
  let result: R;
  try {
    result = fn();
    if (result instanceof Promise) {
      throw new TorchError(
        "INVALID_ARGUMENT",
        "Expected a synchronous function for `fn` but received an asynchronous one",
      );
    }
    for (const tensor of tensorsIn(result)) {
      if (tensors.delete(tensor)) open.at(-2)?.add(tensor);
    }
  } finally {
    open.pop();
    for (const tensor of tensors) tensor.dispose();
  }
  return result;
}

/** Takes `tensor` out of every scope: it lives until `dispose()`, or until it is garbage. */
export function keep<T extends Tensor>(tensor: T): T {
  for (const tensors of open) tensors.delete(tensor);
  return tensor;
}

/** Number of tensors that hold memory, for tests of leaks. */
export function liveTensors(): number {
  return native().liveTensors();
}

/** Bytes outside the heap reported to V8, tensors included, so that it collects garbage in time. */
export function externalMemory(): number {
  return native().externalMemory();
}

function* tensorsIn(value: unknown): Generator<Tensor> {
  if (value instanceof Tensor) {
    yield value;
  } else if (Array.isArray(value)) {
    for (const element of value) yield* tensorsIn(element);
  } else if (value instanceof Map) {
    for (const element of value.values()) yield* tensorsIn(element);
  } else if (value !== null && typeof value === "object" && isPlain(value)) {
    for (const element of Object.values(value)) yield* tensorsIn(element);
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
