import type { LanguageModel } from "@v2l/llm";
import {
  hidePixels,
  nearestVisible,
  pixelsOfCells,
  type RestorationTask,
  rotateLeft,
} from "../degradation/index.js";
import type { Image } from "../image/image.js";
import { disturb, type RestoreOptions, restore } from "../restoration/index.js";
import { damagedScene, hidesCells } from "../restoration/scene.js";
import type { V2L } from "../v2l/v2l.js";
import { commonestTokens } from "./copy-examples.js";
import { inMeanColour } from "./plain-pictures.js";
import type { RestorationCase, RestorationSystem, Restored } from "./restoration.js";

/** A language model that sees the damaged picture only. */
export function blindRestorer(
  v2l: V2L,
  llm: LanguageModel,
  options: RestoreOptions,
): RestorationSystem["restore"] {
  return async ({ degraded, task, shift }) => {
    const { tokens, restored } = await restore(v2l, llm, degraded, task, { ...options, shift });
    return { tokens, picture: restored };
  };
}

/** A language model that sees ten noisy copies of the clean tokens. */
export function paperRestorer(
  v2l: V2L,
  llm: LanguageModel,
  options: Pick<RestoreOptions, "batchSize" | "signal">,
): RestorationSystem["restore"] {
  return async ({ image, task, shift, seed, disturbances }) => {
    const known = { protocol: "paper", shift, seed, disturbances } as const;
    const { tokens, restored } = await restore(v2l, llm, image, task, { ...options, ...known });
    return { tokens, picture: restored };
  };
}

/**
 * Restorations that need no language model, as far as they exist for the task:
 *
 * - the clean tokens decoded: the ceiling;
 * - the vote of the ten copies in the paper's prompts: of each cell the most frequent token;
 * - the degraded tokens as they are;
 * - for each hidden cell the token of the nearest visible one (in- and outpainting);
 * - the mean colour of what is visible;
 * - the damage undone in the picture: turned back (rotation), moved back (shift).
 */
export function restorationBaselines(v2l: V2L, task: RestorationTask): RestorationSystem[] {
  const blind = { protocol: "blind", kind: "baseline" } as const;
  return [
    {
      name: "clean tokens decoded",
      protocol: "paper",
      kind: "ceiling",
      restore: async ({ cleanTokens }) => ({ tokens: cleanTokens }),
    },
    {
      name: "vote of the ten copies",
      protocol: "paper",
      kind: "baseline",
      restore: async (one) => voteOfCopies(one),
    },
    {
      name: "degraded tokens",
      ...blind,
      restore: async ({ degradedTokens }) => ({ tokens: degradedTokens }),
    },
    ...(hidesCells(task)
      ? [
          {
            name: "nearest visible token",
            ...blind,
            restore: async (one: RestorationCase) => nearestTokens(one),
          },
        ]
      : []),
    { name: "mean colour", ...blind, restore: async (one) => meanPicture(v2l, one) },
    ...(task === "rotation" || task === "shift"
      ? [
          {
            name: task === "rotation" ? "turned back" : "moved back",
            ...blind,
            restore: async (one: RestorationCase) => ({
              tokens: await v2l.encode(undone(v2l, one)),
            }),
          },
        ]
      : []),
  ];
}

/** Of each cell the most frequent token of the copies, of equally frequent ones that of the least noisy. */
function voteOfCopies({ cleanTokens, disturbances }: RestorationCase): Restored {
  const { globalTokens, localTokens } = cleanTokens;
  const globals = globalTokens.map(({ id }) => id);
  const copies = disturbances.map((one) => {
    return disturb([...globals, ...localTokens.grid], one).slice(globals.length);
  });
  return { tokens: { globalTokens, localTokens: { grid: commonestTokens(copies) } } };
}

function nearestTokens({ degradedTokens, mask }: RestorationCase): Restored {
  const { globalTokens, localTokens } = degradedTokens;
  const grid = Array.from(nearestVisible(mask), (from) => localTokens.grid[from] as number);
  return { tokens: { globalTokens, localTokens: { grid } } };
}

/** The region in the mean colour of what is visible; of all where nothing is hidden. */
async function meanPicture(v2l: V2L, { degraded, mask }: RestorationCase): Promise<Restored> {
  const picture = mask.hidden.includes(0)
    ? hidePixels(degraded, pixelsOfCells(mask, degraded), "mean")
    : inMeanColour(degraded);
  return { picture, tokens: await v2l.encode(picture) };
}

function undone(v2l: V2L, { degraded, task, shift }: RestorationCase): Image {
  if (task === "shift") return damagedScene(degraded, task, v2l.manifest, { shift }).picture;
  return rotateLeft(rotateLeft(rotateLeft(degraded)));
}
