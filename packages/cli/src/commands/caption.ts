import { defineCommand } from "../command/command.js";
import type { Options } from "../command/option.js";
import { IMAGES, WRITING } from "../command/shared-options.js";

const options = { ...WRITING } satisfies Options;
export type CaptionOptions = typeof options;

export const caption = defineCommand({
  name: "caption",
  summary: "Let a language model put images into sentences.",
  details:
    "The language model reads the words of the examples with their captions, then those of the image. " +
    "A table of examples is a .csv file with the columns file and caption, or .jsonl.",
  argument: IMAGES,
  options,
  examples: [
    ["v2l caption photo.jpg --examples captions.csv", "as the eight most similar examples"],
    ["v2l caption clip.gif --video --examples scenes", "one caption for the whole animation"],
  ],
  run: async (call) => (await import("../actions/caption.js")).caption(call),
});
