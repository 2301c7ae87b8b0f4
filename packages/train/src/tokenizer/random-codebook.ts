import { fromFloat32, Random, type TensorData, toFloat32 } from "@v2l/nn";

/**
 * As many rows [V,D] of normal random numbers, of the same root mean square length: a codebook that knows
 * nothing of words.
 */
export function randomCodebook(codebook: TensorData, seed: number): TensorData {
  const given = toFloat32(codebook);
  const scale = Math.sqrt(given.reduce((sum, value) => sum + value ** 2, 0) / given.length);
  const random = new Random(seed);
  return fromFloat32(
    Float32Array.from(given, () => scale * random.normal()),
    codebook.shape,
  );
}
