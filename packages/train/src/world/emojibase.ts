import { readPackageJson } from "./icons.js";

/** One emoji in CLDR's English words, lower case. */
export interface EmojiEntry {
  /** Code points in lower case hexadecimal, joined by hyphens, without variation selectors. */
  readonly code: string;
  readonly label: string;
  readonly tags: readonly string[];
}

/** All emoji of `emojibase-data` with their English labels and tags. */
export function emojiEntries(): EmojiEntry[] {
  const data = readPackageJson<{ hexcode: string; label: string; tags?: string[] }[]>(
    "emojibase-data/en/data.json",
  );
  return data.map(({ hexcode, label, tags }) => ({
    code: hexcode.toLowerCase().replaceAll("-fe0f", ""),
    label: label.toLowerCase(),
    tags: (tags ?? []).map((tag) => tag.toLowerCase()),
  }));
}
