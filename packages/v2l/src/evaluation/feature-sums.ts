import type { TensorData } from "@v2l/nn";
import { InceptionScore, type InceptionScoreResult } from "../metrics/index.js";
import { ExactMoments, type MomentsJson } from "./exact-moments.js";
import type { FeatureNetwork } from "./perception.js";

/** What a network saw in some pictures of a set, in sums that can be added. */
export interface FeatureSumsJson {
  readonly moments: MomentsJson;
  /** The tensors of an `InceptionScore`; null for networks without classes, and sets too small for one. */
  readonly score: Readonly<Record<string, TensorJson>> | null;
}

interface TensorJson {
  readonly shape: readonly number[];
  /** Base64 of float64. */
  readonly values: string;
}

/** Fewer images do not fill the score's ten splits. */
const LEAST_FOR_SCORE = 10;

/**
 * Adds up the rows of some pictures of a set.
 * @param length pictures of the whole set, which the splits of the Inception score divide
 * @param items which pictures
 * @param row what the network gave a picture
 */
export function sumFeatures(
  { features, classes, bits }: FeatureNetwork,
  length: number,
  items: readonly number[],
  row: (item: number) => Float32Array,
): FeatureSumsJson {
  const moments = ExactMoments.of(features, bits);
  const scored = classes > 0 && length >= LEAST_FOR_SCORE;
  const score = scored ? new InceptionScore(length, classes) : null;
  for (const item of items) {
    const values = row(item);
    moments.add(values.subarray(0, features));
    score?.add(item, values.subarray(features));
  }
  return { moments: moments.toJson(), score: score === null ? null : toJson(score.toWeights()) };
}

/** Puts together what the shards of a set saw. @param parts at least one */
export function joinFeatures(parts: readonly FeatureSumsJson[]): {
  readonly moments: ExactMoments;
  readonly score: InceptionScoreResult | null;
} {
  const moments = parts.map((part) => ExactMoments.fromJson(part.moments));
  const scores = parts.flatMap(({ score }) => {
    return score === null ? [] : [InceptionScore.fromWeights(fromJson(score))];
  });
  return {
    moments: joined(moments),
    score: scores.length === 0 ? null : joined(scores).result(),
  };
}

function joined<T extends { merge(other: T): void }>(parts: readonly T[]): T {
  const [first, ...others] = parts as readonly [T, ...T[]];
  for (const other of others) first.merge(other);
  return first;
}

function toJson(tensors: ReadonlyMap<string, TensorData>): Record<string, TensorJson> {
  const written = [...tensors].map(([name, { shape, bytes }]) => {
    return [name, { shape, values: Buffer.from(bytes).toString("base64") }] as const;
  });
  return Object.fromEntries(written);
}

function fromJson(tensors: Readonly<Record<string, TensorJson>>): Map<string, TensorData> {
  const read = Object.entries(tensors).map(([name, { shape, values }]) => {
    const bytes = new Uint8Array(Buffer.from(values, "base64"));
    return [name, { dtype: "float64", shape, bytes }] as const;
  });
  return new Map(read);
}
