import { Random } from "@v2l/nn";
import { pieceText } from "v2l";

/**
 * Different texts such as an expanded vocabulary has: words, pairs and triples of words, a third of each.
 * @param pieces of a SentencePiece vocabulary; bytes, control tokens and blanks are left out
 * @throws Error where the vocabulary has too few words
 */
export function phrases(pieces: readonly string[], count: number, seed: number): string[] {
  const texts = pieces.filter((piece) => !/^<.*>$/.test(piece)).map((piece) => pieceText(piece));
  const words = [...new Set(texts)].filter((text) => !text.includes("▁"));
  const each = Math.ceil(count / 3);
  if (words.length < each) throw new Error(`${words.length} words, where ${each} are needed`);
  const random = new Random(seed);
  const drawn = () => words[random.integer(words.length)] as string;
  const first = random.shuffle(words).slice(0, each);
  const pairs = first.map((word) => `${word} ${drawn()}`);
  const triples = pairs.map((pair) => `${pair} ${drawn()}`);
  return [...new Set([...first, ...pairs, ...triples])].slice(0, count);
}
