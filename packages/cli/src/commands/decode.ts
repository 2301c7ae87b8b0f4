import { defineCommand } from "../command/command.js";
import { type Options, requiredText } from "../command/option.js";
import { INFERENCE } from "../command/shared-options.js";

const options = {
  ...INFERENCE,
  out: requiredText("a .png file, or a folder for several pictures", "path", { short: "o" }),
} satisfies Options;
export type DecodeOptions = typeof options;

export const decode = defineCommand({
  name: "decode",
  summary: "Turn words into images.",
  details:
    "Reads what `v2l tokenize --json` prints, one document a line, and writes a picture of each. The " +
    "bundle must be the one that made the tokens.",
  argument: {
    name: "tokens",
    describe: "file of tokens, or - for standard input",
    required: true,
    many: false,
  },
  options,
  examples: [
    ["v2l decode tokens.json --out image.png", "one picture"],
    [
      "v2l tokenize album --json | v2l decode - --out again",
      "a picture for each image of a folder",
    ],
  ],
  run: async (call) => (await import("../actions/decode.js")).decode(call),
});
