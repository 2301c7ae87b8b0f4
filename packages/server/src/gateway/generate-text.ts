import type { Ids, LanguageModel } from "@v2l/llm";

export interface TextOptions {
  /** Most tokens to write. */
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  /** The n-th token is drawn with `seed + n`. */
  readonly seed: number;
  /** Texts that end it; they are not part of it. */
  readonly stop: readonly string[];
  /** Tokens that end it, beside the model's end of text. */
  readonly ends: Ids;
  readonly signal: AbortSignal;
}

/** How a text ended. */
export interface TextEnd {
  readonly reason: "stop" | "length";
  /** Tokens written, with those that ended it. */
  readonly tokens: number;
}

/** What incomplete bytes of a character are shown as. */
const INCOMPLETE = /\uFFFD+$/;

/**
 * Lets a language model continue a prompt, a token at a time, and gives the text as soon as it is certain:
 * the beginning of what may become a stop, and of a character, is held back. Blanks before the text are
 * left out.
 */
export async function* generateText(
  llm: LanguageModel,
  prompt: Ids,
  { maxTokens, temperature, topP, seed, stop, ends, signal }: TextOptions,
): AsyncGenerator<string, TextEnd, undefined> {
  const tokens: number[] = [];
  let text = "";
  let given = 0;
  while (tokens.length < maxTokens) {
    const sampling = { temperature, topP, seed: seed + tokens.length };
    const item = { prompt: [...prompt, ...tokens], allowed: [null], sampling };
    const [generated] = await llm.generate([item], { signal });
    const token = generated?.tokens[0] as number;
    tokens.push(token);
    const ended = token === llm.info.eos || ends.includes(token);
    if (!ended) text = (await llm.detokenize(tokens)).trimStart();
    const end = firstStop(text, stop);
    if (ended || end !== null) {
      const last = text.slice(given, end ?? undefined);
      if (last !== "") yield last;
      return { reason: "stop", tokens: tokens.length };
    }
    const certain = certainLength(text, stop);
    if (certain > given) {
      yield text.slice(given, certain);
      given = certain;
    }
  }
  if (text.length > given) yield text.slice(given);
  return { reason: "length", tokens: tokens.length };
}

/** Where the first of the stops begins. */
function firstStop(text: string, stop: readonly string[]): number | null {
  const places = stop.map((one) => text.indexOf(one)).filter((place) => place >= 0);
  return places.length === 0 ? null : Math.min(...places);
}

/** How much of the text no later token can change. */
function certainLength(text: string, stop: readonly string[]): number {
  const whole = text.replace(INCOMPLETE, "").length;
  const held = stop.map((one) => {
    for (let length = Math.min(one.length - 1, text.length); length > 0; length--) {
      if (text.endsWith(one.slice(0, length))) return text.length - length;
    }
    return text.length;
  });
  return Math.min(whole, ...held);
}
