import { pieceText } from "v2l";
import { COLOR_NAMES, demoVocabulary, NOUNS, NUMBER_WORDS } from "../world/index.js";

/** Words of the demo's vocabulary that say nothing about any object, novel ones included. */
export function strangers(): string[] {
  const said = NOUNS.flatMap(({ name, plural, keywords, category }) => {
    return [
      name,
      plural,
      category,
      ...keywords.flatMap((keyword) => [keyword, ...keyword.split(" ")]),
    ];
  });
  const known = new Set<string>([
    ...said,
    ...COLOR_NAMES,
    ...NUMBER_WORDS,
    "background",
    "nothing",
  ]);
  const texts = new Set(demoVocabulary().pieces.map(({ piece }) => pieceText(piece)));
  return [...texts].filter((text) => /^\p{L}{2,}$/u.test(text) && !known.has(text.toLowerCase()));
}
