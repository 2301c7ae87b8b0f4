import { expected, V2LError } from "@v2l/nn";

/** @throws V2LError INVALID_ARGUMENT unless `value` is a whole number of at least `least` */
export function checkWholeNumber(value: number, name: string, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  const message = expected(`a whole number of at least ${least}`, name, value);
  throw new V2LError("INVALID_ARGUMENT", message);
}
