import { defineCommand } from "../command/command.js";
import { type Options, requiredText } from "../command/option.js";
import { IMAGES, INFERENCE } from "../command/shared-options.js";

const options = {
  ...INFERENCE,
  out: requiredText("folder for the pictures", "folder", { short: "o" }),
} satisfies Options;
export type ReconstructOptions = typeof options;

export const reconstruct = defineCommand({
  name: "reconstruct",
  summary: "Turn images into words and back, and compare.",
  details:
    "Writes a picture with the original and its reconstruction side by side for each image, and prints " +
    "the PSNR (red, green and blue bytes) of each and the mean.",
  argument: IMAGES,
  options,
  examples: [["v2l reconstruct photo.jpg --out pictures", "writes pictures/photo.png"]],
  run: async (call) => (await import("../actions/reconstruct.js")).reconstruct(call),
});
