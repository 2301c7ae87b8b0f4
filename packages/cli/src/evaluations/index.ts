import { expected, V2LError } from "@v2l/nn";
import { ablations } from "./ablations.js";
import { caption } from "./caption.js";
import { codebook } from "./codebook.js";
import { demo } from "./demo.js";
import type { Evaluation } from "./evaluation.js";
import { fewShot } from "./few-shot.js";
import { observations } from "./observations.js";
import { reconstruction } from "./reconstruction.js";
import { restoration } from "./restoration.js";
import { vqa } from "./vqa.js";

/** All evaluations, by their names in results. */
const EVALUATIONS = {
  demo,
  reconstruction,
  codebook,
  fewshot: fewShot,
  "fewshot-observations": observations,
  caption,
  vqa,
  restore: restoration,
  ablations,
} as const;

/** @throws V2LError INVALID_ARGUMENT where no evaluation has this name */
export function evaluationNamed(name: string): Evaluation<unknown, object> {
  const found = Object.entries(EVALUATIONS).find(([key]) => key === name)?.[1];
  if (found !== undefined) return found as unknown as Evaluation<unknown, object>;
  const what = `one of ${Object.keys(EVALUATIONS).join(", ")}`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "evaluation", name));
}
