import { type Image, toImage } from "v2l";

/**
 * Originals in the upper row, reconstructions below them.
 * @param originals, reconstructions [N,3,side,side] in [-1,1]
 */
export function sampleSheet(
  originals: Float32Array,
  reconstructions: Float32Array,
  side: number,
): Image {
  const planes = 3 * side * side;
  const count = originals.length / planes;
  const sheet = { width: count * side, height: 2 * side };
  const data = new Uint8Array(sheet.width * sheet.height * 3);
  [originals, reconstructions].forEach((values, row) => {
    for (let i = 0; i < count; i++) {
      const picture = toImage(values.subarray(i * planes, (i + 1) * planes), side, side);
      for (let y = 0; y < side; y++) {
        const line = picture.data.subarray(y * side * 3, (y + 1) * side * 3);
        data.set(line, ((row * side + y) * sheet.width + i * side) * 3);
      }
    }
  });
  return { ...sheet, data };
}
