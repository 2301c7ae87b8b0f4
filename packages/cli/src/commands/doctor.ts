import { defineCommand } from "../command/command.js";
import type { Options } from "../command/option.js";
import { INFERENCE } from "../command/shared-options.js";

const options = { ...INFERENCE } satisfies Options;
export type DoctorOptions = typeof options;

export const doctor = defineCommand({
  name: "doctor",
  summary: "Check this machine and the bundle, and say how to repair what is wrong.",
  details:
    "Fails (exit status 1) where images cannot be tokenized. What only training needs is a warning. Put " +
    "its output into bug reports.",
  options,
  examples: [
    ["v2l doctor", "the demo bundle"],
    ["v2l doctor --bundle my-bundle --device cuda", "another bundle on the GPU"],
  ],
  run: async (call) => (await import("../actions/doctor.js")).doctor(call),
});
