import { expected, V2LError } from "@v2l/nn";
import { ablations } from "./ablations.js";
import { codebook } from "./codebook.js";
import type { Evaluation } from "./evaluation.js";
import { fewShot } from "./few-shot.js";
import { reconstruction } from "./reconstruction.js";
import { restoration } from "./restoration.js";

/** The evaluations by their names in results. */
export const EVALUATIONS = {
  reconstruction,
  codebook,
  fewshot: fewShot,
  restore: restoration,
  ablations,
} as const;

/** @throws V2LError INVALID_ARGUMENT where no evaluation that can be divided has this name */
export function evaluationNamed(name: string): Evaluation<unknown, object> {
  const found = Object.entries(EVALUATIONS).find(([key]) => key === name)?.[1];
  if (found !== undefined) return found as unknown as Evaluation<unknown, object>;
  const what = `a shard of ${Object.keys(EVALUATIONS).join(", ")}`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "evaluation", name));
}
