import { elements, expected, V2LError } from "@v2l/nn";
import type { OnnxTensor } from "./session.js";

/** How many items of `each` values an array holds. */
export function batchOf(length: number, each: number, name: string): number {
  if (length > 0 && length % each === 0) return length / each;
  const what = `a multiple of ${each} values`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, name, `${length}`));
}

/** Ids as an int64 tensor; all from 0 to `limit` - 1. */
export function idTensor(
  values: ArrayLike<number>,
  shape: number[],
  limit: number,
  name: string,
): OnnxTensor {
  if (values.length !== elements(shape)) {
    const what = `${elements(shape)} ids`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, name, `${values.length}`));
  }
  const data = new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const id = values[i] as number;
    if (!Number.isInteger(id) || id < 0 || id >= limit) {
      const what = `ids from 0 to ${limit - 1}`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, name, `${id} at ${i}`));
    }
    data[i] = BigInt(id);
  }
  return { data, shape };
}
