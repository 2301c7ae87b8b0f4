import { type CommandGroup, defineCommand } from "../command/command.js";
import { integerOr, type Options, text, textOr } from "../command/option.js";

const demoOptions = {
  bundle: text("the bundle to use (default: the demo bundle)", "folder"),
  images: integerOr("held-out scenes of each set", "count", 1000, 2),
  cache: textOr("folder where drawn scenes are kept", "folder", "cache"),
} satisfies Options;
export type EvaluateDemoOptions = typeof demoOptions;

const demo = defineCommand({
  name: "demo",
  summary: "Measure on held-out scenes whether the words name the objects, and the PSNR.",
  details:
    "Five sets: scenes of known style and of an unseen one, several objects, objects never drawn in " +
    "training, line art. Prints a table, with --json the figures.",
  options: demoOptions,
  examples: [["v2l eval demo --images 200", "a quick look"]],
  orderly: true,
  run: async (call) => (await import("../actions/evaluate.js")).evaluateDemo(call),
});

export const evaluate: CommandGroup = {
  name: "eval",
  summary: "Measure a bundle.",
  commands: [demo],
};
