import { Random } from "@v2l/nn";
import { type Degraded, pixelsOfCells, type RestorationTask } from "../degradation/index.js";
import type { Image } from "../image/image.js";
import { psnrY, ssim, tokenAccuracy } from "../metrics/index.js";
import {
  DEFAULT_SHIFT,
  type Disturbance,
  drawDisturbances,
  type RestorationProtocol,
  type Shift,
} from "../restoration/index.js";
import { damageImage } from "../restoration/scene.js";
import type { ImageTokens, TokenIds } from "../v2l/tokens.js";
import type { V2L } from "../v2l/v2l.js";

/** A picture that was damaged for a task, and what restoring it may start from. */
export interface RestorationCase extends Degraded {
  readonly task: RestorationTask;
  /** The picture as it was. */
  readonly image: Image;
  readonly cleanTokens: ImageTokens;
  /** Of the degraded square: all that the blind protocol knows. */
  readonly degradedTokens: ImageTokens;
  /** Decided the blur's kernel and the disturbances. */
  readonly seed: number;
  /** The noise of the ten copies of the clean tokens that the paper's protocol shows. */
  readonly disturbances: readonly Disturbance[];
  /** How far the content of a shifted picture has to go back. */
  readonly shift: Shift;
}

export interface RestorationCaseOptions {
  /** Default 0. */
  readonly seed?: number;
  /** For `shift`. Default {@link DEFAULT_SHIFT}. */
  readonly shift?: Shift;
}

/** Damages a picture for a task and translates it before and after. */
export async function restorationCase(
  v2l: V2L,
  image: Image,
  task: RestorationTask,
  { seed = 0, shift = DEFAULT_SHIFT }: RestorationCaseOptions = {},
): Promise<RestorationCase> {
  const scene = damageImage(image, task, v2l.manifest, { seed, shift });
  const { grid } = v2l.manifest;
  const [cleanTokens, degradedTokens] = await v2l.encode([scene.clean, scene.degraded]);
  const tokens = {
    cleanTokens: cleanTokens as ImageTokens,
    degradedTokens: degradedTokens as ImageTokens,
  };
  const counts = {
    global: tokens.cleanTokens.globalTokens.length,
    local: grid.height * grid.width,
    vocabulary: v2l.tokenSpace.codebooks.local,
  };
  const disturbances = drawDisturbances(counts, new Random(seed));
  return { ...scene, ...tokens, task, image, seed, shift, disturbances };
}

/** What a system made of a case. */
export interface Restored {
  readonly tokens: TokenIds;
  /** Default: what the decoder makes of the tokens. */
  readonly picture?: Image;
}

/** A way to restore pictures. */
export interface RestorationSystem {
  readonly name: string;
  /** What it knows: `blind` nothing of the clean picture, `paper` the clean tokens, disturbed or not. */
  readonly protocol: RestorationProtocol;
  /**
   * `model` reads prompts, `baseline` is what a model must beat, `ceiling` is what no restoration of
   * tokens can surpass, `control` a model that has learned nothing.
   */
  readonly kind: "model" | "baseline" | "ceiling" | "control";
  restore(one: RestorationCase): Promise<Restored>;
}

/** How good a restoration is inside the damaged region. */
export interface RestorationFigures {
  /** Share of right tokens, 0 to 1. */
  readonly tokenAccuracy: number;
  /** On Y of YCbCr, decibel, against the clean picture, see `psnrY`. */
  readonly psnr: number;
  /** On RGB, against the clean picture, see `ssim`. */
  readonly ssim: number;
}

/** Measures what a system made of a case. */
export async function measureRestoration(
  v2l: V2L,
  { clean, cleanTokens, mask }: RestorationCase,
  { tokens, picture }: Restored,
): Promise<RestorationFigures> {
  const restored = picture ?? (await v2l.decode(tokens));
  const region = pixelsOfCells(mask, clean);
  return {
    tokenAccuracy: tokenAccuracy(tokens.localTokens.grid, cleanTokens.localTokens.grid, mask),
    psnr: psnrY(restored, clean, region),
    ssim: ssim(restored, clean, { region }),
  };
}
