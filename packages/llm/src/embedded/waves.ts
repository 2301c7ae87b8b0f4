/**
 * Which items are evaluated together. Neighbours follow each other on one sequence; the sizes of the
 * waves differ by one at most.
 * @param items how many there are
 * @param sequences most items of a wave
 * @returns the places of each wave's items, the first on the first sequence
 */
export function waves(items: number, sequences: number): number[][] {
  const count = Math.ceil(items / sequences);
  return Array.from({ length: count }, (_, wave) => {
    const size = Math.ceil((items - wave) / count);
    return Array.from({ length: size }, (_, sequence) => wave + sequence * count);
  });
}
