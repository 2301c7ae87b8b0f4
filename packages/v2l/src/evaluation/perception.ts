import type { Image } from "../image/image.js";
import type { V2L } from "../v2l/v2l.js";

/** A network that gives pictures features, between whose distributions a Frechet distance is measured. */
export interface FeatureNetwork {
  /** As tables and files have it. */
  readonly name: string;
  /** Values of a row that are features. */
  readonly features: number;
  /** Values behind them that are probabilities of classes, from which the Inception score comes; 0: none. */
  readonly classes: number;
  /** Binary digits behind the point that sums of features keep, see `ExactMoments`. */
  readonly bits: number;
  /** A row for each picture. */
  measure(images: readonly Image[]): Promise<Float32Array[]>;
}

/** What looks at pictures beside counting pixels. */
export interface Perception {
  readonly networks: readonly FeatureNetwork[];
  /** LPIPS of pairs of pictures; missing without its weights. */
  readonly distances?: (pairs: readonly (readonly [Image, Image])[]) => Promise<number[]>;
}

/** Embeddings are of length 1: 18 bits keep sums over 100,000 pictures exact. */
const CLIP_BITS = 18;

/** The bundle's own CLIP: unit embeddings of pictures. */
export function bundleClip(v2l: V2L): FeatureNetwork {
  return {
    name: "CLIP",
    features: v2l.manifest.codebooks.global.width,
    classes: 0,
    bits: CLIP_BITS,
    measure: (images) => v2l.embedImage(images),
  };
}
