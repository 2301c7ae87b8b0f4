import { InvalidArgumentError } from "commander";

/**
 * One option of a command, as data: the help, the reference page and the parser are made from it. Its
 * long flag is its key in kebab case: `globalWords` is `--global-words`.
 */
export interface Option<T> {
  readonly describe: string;
  /** What stands for the value in the help; null for a switch. */
  readonly value: string | null;
  /** One letter, without the dash. */
  readonly short?: string;
  readonly required?: boolean;
  readonly choices?: readonly string[];
  /** The value where the option is not given. */
  readonly initial: T;
  /** Reads the text of one occurrence; `before` holds the earlier ones. */
  parse?(text: string, before: T): T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

/** The values that options of this shape are read into. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

interface Extras {
  readonly short?: string;
}

/** A switch: false unless given. */
export function flag(describe: string): Option<boolean> {
  return { describe, value: null, initial: false };
}

/** A text, undefined unless given. */
export function text(
  describe: string,
  value: string,
  extras: Extras = {},
): Option<string | undefined> {
  return { describe, value, initial: undefined, ...extras };
}

/** A text with a default. */
export function textOr(
  describe: string,
  value: string,
  initial: string,
  extras: Extras = {},
): Option<string> {
  return { describe, value, initial, ...extras };
}

/** A text that must be given. */
export function requiredText(describe: string, value: string, extras: Extras = {}): Option<string> {
  return { describe, value, initial: "", required: true, ...extras };
}

/** Texts, one for each time the option is given. */
export function texts(describe: string, value: string): Option<readonly string[]> {
  return { describe, value, initial: [], parse: (one, before) => [...before, one] };
}

/** A whole number from `min` to `max`, undefined unless given. */
export function integer(
  describe: string,
  value: string,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): Option<number | undefined> {
  return { describe, value, initial: undefined, parse: (one) => parseInteger(one, min, max) };
}

/** A whole number with a default. */
export function integerOr(
  describe: string,
  value: string,
  initial: number,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): Option<number> {
  return { describe, value, initial, parse: (one) => parseInteger(one, min, max) };
}

/** A number from `min` to `max` with a default. */
export function numberOr(
  describe: string,
  value: string,
  initial: number,
  min: number,
  max: number,
): Option<number> {
  return { describe, value, initial, parse: (one) => parseNumber(one, min, max) };
}

/** One of several words. */
export function choice<const T extends string>(
  describe: string,
  value: string,
  choices: readonly T[],
  initial: NoInfer<T>,
): Option<T> & { readonly choices: readonly T[] } {
  return { describe, value, choices, initial };
}

function parseInteger(one: string, min: number, max: number): number {
  const number = Number(one);
  if (/^-?\d+$/.test(one) && number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new InvalidArgumentError(`Expected a whole number ${range}.`);
}

function parseNumber(one: string, min: number, max: number): number {
  const number = Number(one);
  if (one.trim() !== "" && number >= min && number <= max) return number;
  throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
}

/** `--global-words` of `globalWords`. */
export function longFlag(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The flags as the help shows them: `-o, --out <folder>`. */
export function flags(key: string, option: Option<unknown>): string {
  const short = option.short ? `-${option.short}, ` : "";
  return `${short}${longFlag(key)}${option.value === null ? "" : ` <${option.value}>`}`;
}

/** What an option is for, its choices and its default. */
export function describeOption({ describe, choices, initial, required }: Option<unknown>): string {
  const extras = [
    ...(choices ? [choices.join(", ")] : []),
    ...(required ? ["required"] : []),
    ...(typeof initial === "number" || (typeof initial === "string" && initial !== "")
      ? [`default: ${initial}`]
      : []),
  ];
  return extras.length > 0 ? `${describe} (${extras.join("; ")})` : describe;
}
