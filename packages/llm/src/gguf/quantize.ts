import { toFloat16 } from "@v2l/nn";

/** Elements of a Q8_0 block, which share one scale. */
export const Q8_0_BLOCK = 32;
const Q8_0_BYTES = 34;
const LARGEST = 127;

/**
 * Rounds to Q8_0: of every 32 neighbours a half-precision scale, the largest magnitude / 127, and 32
 * signed bytes, value / scale.
 * @param data rows whose length is a multiple of 32
 */
export function toQ8(data: Float32Array): Uint8Array {
  const blocks = data.length / Q8_0_BLOCK;
  const scales = new Float32Array(blocks);
  for (let i = 0; i < data.length; i++) {
    const block = Math.floor(i / Q8_0_BLOCK);
    const scale = Math.abs(data[i] as number) / LARGEST;
    if (scale > (scales[block] as number)) scales[block] = scale;
  }
  const halves = toFloat16(scales, [blocks]).bytes;
  const out = new Uint8Array(blocks * Q8_0_BYTES);
  const bytes = new Int8Array(out.buffer);
  for (let block = 0; block < blocks; block++) {
    const scale = scales[block] as number;
    out.set(halves.subarray(block * 2, block * 2 + 2), block * Q8_0_BYTES);
    if (scale === 0) continue;
    for (let i = 0; i < Q8_0_BLOCK; i++) {
      const value = (data[block * Q8_0_BLOCK + i] as number) / scale;
      bytes[block * Q8_0_BYTES + 2 + i] = Math.sign(value) * Math.round(Math.abs(value));
    }
  }
  return out;
}
