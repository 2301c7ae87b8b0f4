import { expected, V2LError } from "@v2l/nn";
import { hiddenCells, type TokenMask } from "../degradation/token-mask.js";

/**
 * The share of tokens that are the right ones, 0 to 1, over the cells of a region.
 * @param tokens ids, row by row
 * @param target the right ones
 * @param region the cells that count: those that the mask hides
 * @throws V2LError INVALID_ARGUMENT where lengths differ or the region is empty
 */
export function tokenAccuracy(
  tokens: ArrayLike<number>,
  target: ArrayLike<number>,
  region: TokenMask,
): number {
  const { length } = region.hidden;
  if (tokens.length !== length || target.length !== length) {
    const received = `${tokens.length} and ${target.length}`;
    const message = expected(`${length} ids each`, "tokens and target", received);
    throw new V2LError("INVALID_ARGUMENT", message);
  }
  const cells = hiddenCells(region);
  if (cells.length === 0) {
    throw new V2LError("INVALID_ARGUMENT", expected("at least one cell", "region", "none"));
  }
  return cells.filter((cell) => tokens[cell] === target[cell]).length / cells.length;
}
