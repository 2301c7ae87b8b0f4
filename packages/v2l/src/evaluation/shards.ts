import { createHash } from "node:crypto";
import { expected, V2LError } from "@v2l/nn";

/** More would be a mistake, and lists of them would not fit. */
const MOST_SHARDS = 10_000;

/** One of several equal parts of an evaluation: every `count`-th item, from the `index`-th on. */
export interface Shard {
  /** 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** The whole as its only part. */
export const WHOLE: Shard = { index: 1, count: 1 };

/**
 * Reads `i/n`.
 * @throws V2LError INVALID_ARGUMENT unless 1 <= i <= n
 */
export function parseShard(text: string): Shard {
  const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count && count <= MOST_SHARDS) return { index, count };
  const what = `i/n with i from 1 to n and n up to ${MOST_SHARDS}, as in 2/4,`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "shard", text));
}

/** Whether item `item` of an evaluation, counted from 0, belongs to a shard. */
export function inShard(item: number, { index, count }: Shard): boolean {
  return item % count === index - 1;
}

/** The items of a shard among `length`, ascending. */
export function shardItems(length: number, { index, count }: Shard): number[] {
  const size = Math.max(0, Math.ceil((length - index + 1) / count));
  return Array.from({ length: size }, (_, i) => index - 1 + i * count);
}

/** The items of all shards in their order. @param shards of each shard from the first to the last, its own */
export function joinItems<T>(shards: readonly ArrayLike<T>[]): T[] {
  const length = shards.reduce((sum, one) => sum + one.length, 0);
  return Array.from({ length }, (_, item) => {
    return shards[item % shards.length]?.[Math.floor(item / shards.length)] as T;
  });
}

/** What one shard of an evaluation has measured: enough to make the result of the whole of all of them. */
export interface PartialResult<P = unknown> {
  readonly format: typeof PARTIAL_FORMAT;
  readonly version: 1;
  readonly shard: Shard;
  /**
   * What the figures depend on: evaluation, configuration, versions, bundle. Equal in all shards, but for
   * `command`.
   */
  readonly subject: EvaluationSubject;
  /** SHA-256 (hex) of `part` as JSON. */
  readonly sha256: string;
  readonly part: P;
}

/** What was measured, with what and how. */
export interface EvaluationSubject {
  readonly evaluation: string;
  /** The command line that gives the result. */
  readonly command?: string;
  readonly [name: string]: unknown;
}

const PARTIAL_FORMAT = "v2l-evaluation-part";

export function partialResult<P>(subject: EvaluationSubject, shard: Shard, part: P) {
  const sha256 = digest(part);
  return {
    format: PARTIAL_FORMAT,
    version: 1,
    shard,
    subject,
    sha256,
    part,
  } satisfies PartialResult<P>;
}

function digest(part: unknown): string {
  return createHash("sha256").update(JSON.stringify(part)).digest("hex");
}

/**
 * Reads what {@link partialResult} made and JSON has carried.
 * @param name of where it comes from, for messages
 * @throws V2LError INVALID_ARGUMENT
 */
export function readPartialResult(value: unknown, name: string): PartialResult {
  const remedy = "Name files that an evaluation with --shard wrote";
  if (isPartialResult(value)) {
    if (digest(value.part) === value.sha256) return value;
    const what = `a part with SHA-256 ${value.sha256}`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, name, "an edited one", remedy));
  }
  const what = `JSON of format ${PARTIAL_FORMAT}, version 1,`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, name, "something else", remedy));
}

function isPartialResult(value: unknown): value is PartialResult {
  if (typeof value !== "object" || value === null) return false;
  const { format, version, shard, subject, part } = value as Record<string, unknown>;
  const { index, count } = (shard ?? {}) as Record<string, unknown>;
  const { evaluation } = (subject ?? {}) as Record<string, unknown>;
  return (
    format === PARTIAL_FORMAT &&
    version === 1 &&
    Number.isSafeInteger(index) &&
    Number.isSafeInteger(count) &&
    (index as number) >= 1 &&
    (index as number) <= (count as number) &&
    (count as number) <= MOST_SHARDS &&
    typeof evaluation === "string" &&
    typeof part === "object" &&
    part !== null
  );
}

/**
 * Puts the shards of one evaluation into their order.
 * @param partials each of the shards once, in any order
 * @param names of where they come from, for messages
 * @returns what all are about, and the parts from the first shard to the last
 * @throws V2LError SHARDS_DIFFER where they are of different evaluations or divided differently,
 *   SHARDS_OVERLAP where one is there twice, SHARDS_MISSING where one is not there
 */
export function joinShards(
  partials: readonly PartialResult[],
  names: readonly string[],
): { readonly subject: EvaluationSubject; readonly parts: readonly unknown[] } {
  const [first] = partials;
  if (first === undefined) {
    throw new V2LError("INVALID_ARGUMENT", expected("at least one shard", "shards", "none"));
  }
  const { subject, shard } = first;
  const parts = new Map<number, { readonly part: unknown; readonly name: string }>();
  for (const [i, other] of partials.entries()) {
    const name = names[i] ?? `shard ${other.shard.index}`;
    checkEqual(comparable(first), comparable(other), name);
    const before = parts.get(other.shard.index);
    if (before !== undefined) {
      const what = `shards that share nothing, but ${shardName(other.shard)} is in ${before.name} too,`;
      throw new V2LError("SHARDS_OVERLAP", expected(what, name, shardName(other.shard)));
    }
    parts.set(other.shard.index, { part: other.part, name });
  }
  const indices = Array.from({ length: shard.count }, (_, i) => i + 1);
  const missing = indices.filter((index) => !parts.has(index));
  if (missing.length > 0) {
    const list = missing.map((index) => `${index}/${shard.count}`).join(", ");
    const remedy = `Evaluate ${list} too`;
    throw new V2LError(
      "SHARDS_MISSING",
      expected(`all ${shard.count} shards`, "shards", `none of ${list}`, remedy),
    );
  }
  return { subject, parts: indices.map((index) => parts.get(index)?.part) };
}

/** What must be equal. Commands may name files by other paths on another machine. */
function comparable({ subject, shard }: PartialResult): object {
  return { ...subject, command: null, shards: shard.count };
}

function shardName({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/** @throws V2LError SHARDS_DIFFER with the first thing that is different */
function checkEqual(first: unknown, other: unknown, name: string): void {
  const different = firstDifference(first, other, "");
  if (different === null) return;
  const [path, a, b] = different;
  const what = `a shard of the same evaluation (${path} ${shown(a)})`;
  const remedy = "Evaluate all shards with equal options, inputs and versions";
  throw new V2LError("SHARDS_DIFFER", expected(what, name, `${path} ${shown(b)}`, remedy));
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}

/** Where two values of JSON first differ, and what stands there. */
function firstDifference(
  a: unknown,
  b: unknown,
  path: string,
): readonly [path: string, a: unknown, b: unknown] | null {
  if (a === b) return null;
  if (!isObject(a) || !isObject(b)) return [path, a, b];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[key], b[key], path === "" ? key : `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
