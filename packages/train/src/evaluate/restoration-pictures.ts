import type { Image, RestorationTask } from "v2l";
import type { Split } from "../world/index.js";
import { stream } from "./language-scenes.js";
import { drawScenes, type ReadScenesOptions } from "./read-scenes.js";

/** A picture to damage and restore. */
export interface EvaluatedPicture {
  readonly picture: Image;
  /** The stream of random numbers of its damage. */
  readonly stream: string;
}

/** Where a restoration's pictures come from. */
export interface RestorationPictures {
  /** What tells them from others, besides the setting. */
  readonly identity: object;
  /** The first `count` pictures, always the same ones. */
  evaluated(
    task: RestorationTask,
    count: number,
    options: ReadScenesOptions,
  ): AsyncIterable<EvaluatedPicture>;
  /** Other pictures, which the blind protocol learns from. */
  references(task: RestorationTask, count: number, options: ReadScenesOptions): Promise<Image[]>;
}

/** One or two objects, in training styles. */
const SCENES = { objects: [1, 1, 0], repeats: 0.15 } as const;

/** Scenes of the demo world; references are of the train split. */
export function worldPictures(split: Exclude<Split, "train">): RestorationPictures {
  return {
    identity: {},
    async *evaluated(task, count, { cache, signal }) {
      const set = { name: task, ...SCENES, split, count };
      for await (const batch of drawScenes(set, { cache, ...(signal && { signal }) })) {
        yield* batch.map(({ picture, scene }) => {
          return { picture, stream: stream(`restore/${task}`, scene) };
        });
      }
    },
    async references(task, count, { cache, signal }) {
      const set = { name: task, ...SCENES, split: "train", count } as const;
      const pictures: Image[] = [];
      for await (const batch of drawScenes(set, { cache, ...(signal && { signal }) })) {
        pictures.push(...batch.map(({ picture }) => picture));
      }
      return pictures;
    },
  };
}
