import { defineCommand } from "../command/command.js";
import { flag, integer, integerOr, type Options, text, texts } from "../command/option.js";
import { IMAGES, PROTOCOL, READING } from "../command/shared-options.js";

const options = {
  ...READING,
  examples: text("folder with one folder of images per class, or a table of images", "path"),
  class: texts("a class to choose from; may be repeated (default: those of the examples)", "name"),
  shots: integer(
    "examples of each class, drawn at random (default: all, in their order)",
    "count",
    1,
  ),
  seed: integerOr("for the drawing of examples", "number", 0, 0),
  calibrate: flag("take out how likely each class is without words"),
  protocol: PROTOCOL,
} satisfies Options;
export type ClassifyOptions = typeof options;

export const classify = defineCommand({
  name: "classify",
  summary: "Let a language model recognise images by their words.",
  details:
    "Prints one line for each image: the classes with their probabilities, the likeliest first. The " +
    "language model reads the words of the examples with their classes, then those of the image. Without " +
    "--examples it chooses among the names that --class gives. A table of examples is a .csv file with " +
    "the columns file and label, or .jsonl.",
  argument: IMAGES,
  options,
  examples: [
    ["v2l classify photo.jpg --examples animals", "the folders of animals/ are the classes"],
    ["v2l classify photo.jpg --class dog --class boat", "from the names alone"],
    ["v2l classify photo.jpg --examples animals --shots 1 --show-prompt", "and what it read"],
  ],
  run: async (call) => (await import("../actions/classify.js")).classify(call),
});
