/** `strips-two-or-three-objects` of `strips` and `two or three objects`. */
export function fileName(what: string, set: string): string {
  return `${what}-${set.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
}
