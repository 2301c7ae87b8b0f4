/** Whether an entry of a vocabulary, such as `red dog`, is or holds one of the words. */
export function holdsAny(entry: string, words: ReadonlySet<string>): boolean {
  return entry.split(" ").some((word) => words.has(word));
}
