import { defineCommand } from "../command/command.js";
import { integerOr, type Options, textOr } from "../command/option.js";
import { INFERENCE } from "../command/shared-options.js";

const options = {
  ...INFERENCE,
  out: textOr("folder for the pictures", "folder", "v2l-demo", { short: "o" }),
  count: integerOr("scenes to draw", "count", 3, 1, 100),
  first: integerOr("number of the first scene", "number", 0, 0, 2 ** 20 - 100),
} satisfies Options;
export type DemoOptions = typeof options;

export const demo = defineCommand({
  name: "demo",
  summary: "See images become words and images again.",
  details:
    "Draws scenes that the demo bundle has never seen, or takes your images; prints their words, and " +
    "writes for each a picture of its grid of words and one of its reconstruction. Nothing is downloaded. " +
    "The demo bundle knows emoji scenes: for photographs import a bundle that was trained on them.",
  argument: {
    name: "image",
    describe: "images to use instead of scenes",
    required: false,
    many: true,
  },
  options,
  examples: [
    ["v2l demo", "three scenes"],
    ["v2l demo drawing.png --out drawing", "your own picture"],
  ],
  run: async (call) => (await import("../actions/demo.js")).demo(call),
});
