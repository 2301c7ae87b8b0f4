import { expected, V2LError } from "@v2l/nn";

const PUNCTUATION = [...';/[]"{}()=+\\_-><@`,?!'];
const ARTICLES: ReadonlySet<string> = new Set(["a", "an", "the"]);
const NUMBERS = "zero one two three four five six seven eight nine ten".split(" ");
const DIGITS: ReadonlyMap<string, string> = new Map([
  ["none", "0"],
  ...NUMBERS.map((word, number) => [word, String(number)] as const),
]);

/** Contractions that are known by themselves with one apostrophe missing. */
const CONTRACTIONS = (
  "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't " +
  "haven't he'd he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've " +
  "might've mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't she'd've should've " +
  "shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've someone'll " +
  "someone's something'd something'd've something'll that's there'd there'd've there're there's " +
  "they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're " +
  "what's what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're " +
  "why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're " +
  "you've"
).split(" ");

const CONTRACTED: ReadonlyMap<string, string> = new Map([
  ...CONTRACTIONS.flatMap((whole) =>
    withoutOneApostrophe(whole).map((key) => [key, whole] as const),
  ),
  // The one that the official list has the other way round.
  ["somebody'd", "somebodyd"],
]);

/**
 * An answer as the VQA evaluation compares it: without punctuation and articles, in lower case, number
 * words as digits, contractions with their apostrophes. A mark between two words becomes a blank, a
 * mark beside a blank (or anywhere beside a number like `1,000`) nothing; periods stay before digits.
 * The steps and lists are those of the official `vqaEval.py` for VQA v2 (Goyal et al., CVPR 2017).
 */
export function normalizeAnswer(answer: string): string {
  const text = answer.replaceAll(/[\n\t]/g, " ").trim();
  const words = withoutPunctuation(text).toLowerCase().split(/\s+/);
  return words
    .map((word) => DIGITS.get(word) ?? word)
    .filter((word) => word !== "" && !ARTICLES.has(word))
    .map((word) => CONTRACTED.get(word) ?? word)
    .join(" ");
}

/**
 * Accuracy of one answer, 0 to 1. Where several people answered, it is the mean over all of them of
 * min(1, matches among the others / 3), the official VQA accuracy, meant for ten; where there is one
 * answer, 1 if it is the same. Both sides are normalised: in the official annotations they are already.
 * @param answers what people said; at least one
 * @throws V2LError INVALID_ARGUMENT where there is none
 */
export function vqaAccuracy(answer: string, answers: readonly string[]): number {
  if (answers.length === 0) {
    throw new V2LError("INVALID_ARGUMENT", expected("at least one answer", "answers", "none"));
  }
  const given = normalizeAnswer(answer);
  const matches = answers.map((one) => Number(normalizeAnswer(one) === given));
  const all = matches.reduce((sum, one) => sum + one, 0);
  if (answers.length === 1) return all;
  const others = matches.map((own) => Math.min(1, (all - own) / 3));
  return others.reduce((sum, one) => sum + one, 0) / answers.length;
}

function withoutPunctuation(text: string): string {
  const inNumber = /\d,\d/.test(text);
  const marked = PUNCTUATION.reduce((rest, mark) => {
    const beside = text.includes(`${mark} `) || text.includes(` ${mark}`);
    return rest.replaceAll(mark, beside || inNumber ? "" : " ");
  }, text);
  return marked.replaceAll(/\.(?!\d)/g, "");
}

function withoutOneApostrophe(word: string): string[] {
  const places = [...word].flatMap((character, at) => (character === "'" ? [at] : []));
  return places.map((at) => word.slice(0, at) + word.slice(at + 1));
}
