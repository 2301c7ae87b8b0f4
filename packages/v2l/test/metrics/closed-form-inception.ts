import { elements, fromFloat32, inceptionNetwork, type TensorData } from "@v2l/nn";

/** The weights of fixtures/inception.py: a 32-bit mix of each value's position and its tensor's name. */
export function closedFormInception(): Map<string, TensorData> {
  return new Map(
    inceptionNetwork().params.map(({ name, shape }) => {
      const data = hashed(name, elements(shape));
      const range = rangeOf(name, shape);
      for (let i = 0; i < data.length; i++) {
        data[i] = range.start + range.length * (data[i] as number);
      }
      return [name, fromFloat32(Float32Array.from(data), shape)];
    }),
  );
}

function rangeOf(name: string, shape: readonly number[]): { start: number; length: number } {
  if (name.endsWith("conv.weight") || name === "fc.weight") {
    const bound = Math.sqrt(6 / elements(shape.slice(1)));
    return { start: -bound, length: 2 * bound };
  }
  if (name.endsWith("bn.weight")) return { start: 0.8, length: 0.4 };
  if (name.endsWith("running_var")) return { start: 0.5, length: 1 };
  return { start: -0.1, length: 0.2 };
}

function hashed(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const letter of name) {
    seed = Math.imul(seed ^ (letter.codePointAt(0) as number), 0x01000193);
  }
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.imul(i, 0x9e3779b1) + seed;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    out[i] = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  }
  return out;
}
