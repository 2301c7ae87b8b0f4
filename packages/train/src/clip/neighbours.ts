/**
 * The two cells of a row of `length` cells around a coordinate (0: the centre of the first) and the share
 * of the second, for linear interpolation; coordinates outside are moved to the border.
 */
export function neighbours(coordinate: number, length: number): [number, number, number] {
  const inside = Math.min(length - 1, Math.max(0, coordinate));
  const first = Math.floor(inside);
  return [first, Math.min(length - 1, first + 1), inside - first];
}
