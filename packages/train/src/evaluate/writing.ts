import { createHash } from "node:crypto";
import { expected, V2LError } from "@v2l/nn";
import {
  type EvaluatedImage,
  Journal,
  joinItems,
  type PromptInput,
  type ReadWords,
  shardItems,
  WHOLE,
  type WordsRead,
  type Writer,
  wordsRead,
} from "v2l";
import type { EvaluationOptions, LanguageConfig } from "./language-scenes.js";
import { type DividedRun, measureStretches, type StretchEntry } from "./stretches.js";

/** A way to write captions or answers, and which words it reads. */
export interface WritingSystem<Q extends PromptInput = PromptInput> {
  readonly name: string;
  readonly words: WordsRead;
  readonly write: Writer<Q>;
}

/** What is written about: images, or questions about images. */
export interface WritingTask<T extends EvaluatedImage, Q extends PromptInput, I> {
  /** `captions`. */
  readonly name: string;
  readonly evaluated: readonly T[];
  /** What examples come from. */
  readonly pool: readonly unknown[];
  /** How they write: outcomes of other settings are others. */
  readonly config: LanguageConfig;
  /** The language model first. */
  readonly systems: readonly WritingSystem<Q>[];
  /** What a system reads. */
  ask(one: T, read: Required<ReadWords>): Q;
  /** What figures are made of, as JSON. */
  keep(one: T): I;
}

/** What all systems wrote about a shard's items. */
export interface WritingPart<I> {
  /** SHA-256 (hex) of all that was asked and shown, of all shards. */
  readonly inputs: string;
  readonly items: readonly I[];
  /** In the order of the items. */
  readonly systems: readonly { readonly system: string; readonly outputs: readonly string[] }[];
}

export interface WritingRun extends EvaluationOptions, DividedRun {}

/** Items that a language model gets at once, and that are kept together. */
const STRETCH = 32;

/** Lets every system write about a shard's items, as far as the journal does not know yet what. */
export async function measureWriting<T extends EvaluatedImage, Q extends PromptInput, I>(
  { name, evaluated, pool, config, systems, ask, keep }: WritingTask<T, Q, I>,
  { shard = WHOLE, cache, fresh = false, identity, signal, onEvent }: WritingRun,
): Promise<WritingPart<I>> {
  const names = systems.map((system) => system.name);
  const read = digestOf([names, ...evaluated, ...pool]);
  const known = { ...identity, config, shard, read };
  const journal = Journal.open<StretchEntry<readonly string[]>>(cache, `eval-${name}`, known, {
    fresh,
  });
  const asked = systems.map(({ name: system, words, write }) => ({
    name: system,
    measure: (items: readonly number[], call: Parameters<Writer>[1]) => {
      const some = items.map((item) => evaluated[item] as T);
      return write(
        some.map((one) => ask(one, wordsRead(one, words))),
        call,
      );
    },
  }));
  const measured = await measureStretches(name, evaluated.length, asked, journal, {
    shard,
    size: STRETCH,
    ...(signal && { signal }),
    onProgress: (done, total) => onEvent?.({ type: "prepare", what: name, done, total }),
  });
  return {
    inputs: digestOf([names, ...evaluated, ...pool], READ),
    items: shardItems(evaluated.length, shard).map((item) => keep(evaluated[item] as T)),
    systems: measured.map(({ system, outcomes }) => ({ system, outputs: outcomes.flat() })),
  };
}

/** What a bundle reads of images: near ties may go another way on another machine. */
const READ: ReadonlySet<string> = new Set(["words", "places", "other"]);

/** @param without names of what may differ */
function digestOf(values: readonly unknown[], without: ReadonlySet<string> = new Set()): string {
  const hash = createHash("sha256");
  for (const value of values) {
    hash.update(
      JSON.stringify(value, (key, inner: unknown) => (without.has(key) ? undefined : inner)),
    );
    hash.update("\n");
  }
  return hash.digest("hex");
}

/**
 * What the shards wrote, as one.
 * @param parts of all shards, in their order
 * @throws V2LError SHARDS_DIFFER where they were asked about different things
 */
export function joinWriting<P extends WritingPart<unknown>>(parts: readonly P[]): P {
  const [first] = parts;
  if (first === undefined) {
    throw new V2LError("INVALID_ARGUMENT", expected("at least one shard", "parts", "none"));
  }
  const other = parts.find(({ inputs }) => inputs !== first.inputs);
  if (other !== undefined) {
    const what = `shards about the same images and texts (SHA-256 ${first.inputs})`;
    throw new V2LError("SHARDS_DIFFER", expected(what, "parts", other.inputs));
  }
  return {
    ...first,
    items: joinItems(parts.map(({ items }) => items)),
    systems: first.systems.map(({ system }, i) => ({
      system,
      outputs: joinItems(parts.map(({ systems }) => systems[i]?.outputs ?? [])),
    })),
  };
}

/** The items with what one system made of them. */
export function withOutputs<I>(
  items: readonly I[],
  outputs: readonly string[],
): (I & { readonly output: string })[] {
  return items.map((item, i) => ({ ...item, output: outputs[i] as string }));
}
