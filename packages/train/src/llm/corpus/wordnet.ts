import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";

/** One meaning in WordNet. */
export interface Synset {
  /** Its words, the most common first: `dog`, `domestic dog`. */
  readonly lemmas: readonly string[];
  /** What it says of itself: the definition, then examples. */
  readonly gloss: string;
  /** The words of a more general meaning; none at the top, and for adjectives and adverbs. */
  readonly broader: readonly string[];
}

const PARTS = ["noun", "verb", "adj", "adv"] as const;

/**
 * Reads the `data.*` files of WordNet 3.0. Meanings come in the order of the files.
 * @throws V2LError FILE_NOT_FOUND where `folder` has no `data.noun`
 */
export function readWordNet(folder: string): Synset[] {
  if (!existsSync(join(folder, "data.noun"))) {
    const remedy = "Install it (Debian: apt-get install wordnet-base), or set wordnet to null";
    throw new V2LError("FILE_NOT_FOUND", expected("WordNet's folder", "wordnet", folder, remedy));
  }
  return PARTS.flatMap((part) => {
    const file = join(folder, `data.${part}`);
    return existsSync(file) ? readPart(readFileSync(file, "latin1")) : [];
  });
}

interface Line {
  readonly lemmas: readonly string[];
  readonly gloss: string;
  readonly hypernym: string | undefined;
}

/** The format is that of the manual page wndb(5). */
function readPart(text: string): Synset[] {
  const lines = new Map<string, Line>();
  for (const row of text.split("\n")) {
    if (!/^\d/.test(row)) continue; // the licence
    const bar = row.indexOf(" | ");
    const fields = row.slice(0, bar).split(" ");
    const count = Number.parseInt(fields[3] as string, 16);
    const lemmas = Array.from({ length: count }, (_, i) =>
      (fields[4 + 2 * i] as string).replaceAll("_", " ").replace(/\(\w+\)$/, ""),
    );
    const pointer = fields.indexOf("@", 4 + 2 * count);
    const hypernym = pointer < 0 ? undefined : fields[pointer + 1];
    lines.set(fields[0] as string, { lemmas, gloss: row.slice(bar + 3).trim(), hypernym });
  }
  return [...lines.values()].map(({ lemmas, gloss, hypernym }) => {
    const broader = hypernym === undefined ? undefined : lines.get(hypernym);
    return { lemmas, gloss, broader: broader?.lemmas ?? [] };
  });
}
