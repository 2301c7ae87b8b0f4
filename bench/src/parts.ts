import type { SideName } from "./side.js";

/** One part of the benchmark: the same work by v2l and by PyTorch. */
export interface Part {
  readonly name: string;
  readonly title: string;
  /** Task of each side's worker. */
  readonly task: Readonly<Record<SideName, string>>;
  /** Measured runs of each side, after one unmeasured. */
  readonly rounds: number;
  /** PyTorch's time divided by v2l's should be at least this. */
  readonly target: number | null;
  /** Largest difference of the results by output; `*` for any other; null where they cannot agree. */
  readonly tolerance: Readonly<Record<string, number>> | null;
  /** Whether differences are measured against the largest value of the output. */
  readonly relative: boolean;
  /** Seconds that the official code itself takes, from the conformance data's baseline.json. */
  readonly official: number | null;
}

const both = (task: string) => ({ v2l: task, pytorch: task });

/** Tolerances are those of the conformance data: 3e-4 for images, 2e-5 for features, ids exact. */
export const PARTS: readonly Part[] = [
  {
    name: "encode",
    title: "encode and quantise one image",
    task: both("encode"),
    rounds: 7,
    target: 2,
    tolerance: { indices: 0 },
    relative: false,
    official: 1.137,
  },
  {
    name: "decode",
    title: "decode one image",
    task: both("decode"),
    rounds: 7,
    target: 1.3,
    tolerance: { image: 3e-4 },
    relative: false,
    official: 1.058,
  },
  {
    name: "clip",
    title: "CLIP ViT-L/14 and the global words of one image",
    task: both("clip"),
    rounds: 5,
    target: null,
    tolerance: { indices: 0, feature: 2e-5 },
    relative: false,
    official: 1.466,
  },
  {
    name: "train",
    title: "training step, batch 2, against the same operators driven from Python",
    task: both("train"),
    rounds: 3,
    target: 1 / 1.05,
    tolerance: { "*": 2e-3 },
    relative: true,
    official: null,
  },
  {
    name: "train-official",
    title: "training step, batch 2, against PyTorch in the official order",
    task: { v2l: "train", pytorch: "official-train" },
    rounds: 1,
    target: 2.5,
    // LPIPS's dropout is on in the official order, so its results are random.
    tolerance: null,
    relative: true,
    official: 41.449,
  },
];
