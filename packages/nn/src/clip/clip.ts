import type { ClipConfig } from "../config.js";
import { expected, V2LError } from "../errors.js";
import { normal } from "../layers.js";
import { type ParamSpec, type Run, Scope } from "../module.js";
import { textTower } from "./text.js";
import { visionTower } from "./vision.js";

/** CLIP: images and texts in one space of width `embedDim`. */
export interface ClipNetwork {
  readonly config: ClipConfig;
  /** OpenAI's names: `visual.*`, and with a text half `transformer.*`, `logit_scale`, and so on. */
  readonly params: readonly ParamSpec[];
  /** Pixels [N,3,imageSize,imageSize] after CLIP's normalisation -> [N,embedDim], not normalised. */
  encodeImage<T>(run: Run<T>, pixels: T): T;
  /** Hidden states [N,1+patches,width] of the vision half: 0 is the input of its first block, i the output of block i. */
  imageFeatures<T>(run: Run<T>, pixels: T, layers: readonly number[]): T[];
  /**
   * Ids int64 [N,L], L up to contextLength -> [N,embedDim], not normalised.
   * @throws V2LError UNSUPPORTED where the configuration has no text half
   */
  encodeText<T>(run: Run<T>, ids: T): T;
}

/** Logarithm of the inverse temperature before training, as OpenAI has it. */
const LOGIT_SCALE = Math.log(1 / 0.07);

export function clipNetwork(config: ClipConfig): ClipNetwork {
  const scope = Scope.root();
  const vision = visionTower(scope.child("visual"), config.vision, config.embedDim);
  const text = config.text && textTower(scope, config.text, config.embedDim);
  if (text) scope.param("logit_scale", [], normal(0, LOGIT_SCALE));
  return {
    config,
    params: scope.params(),
    encodeImage: vision.encode,
    imageFeatures: vision.features,
    encodeText: (run, ids) => {
      if (text) return text(run, ids);
      const remedy =
        "Give the checkpoint of a whole CLIP; the official one has its vision half only";
      throw new V2LError("UNSUPPORTED", expected("a text half", "config.text", null, remedy));
    },
  };
}
