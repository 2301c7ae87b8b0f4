import type { BlindPlanOptions, RestoreOptions } from "v2l";
import type { Values } from "../command/option.js";
import type { FILLING, PROMPTS } from "../command/shared-options.js";

type Told = Values<typeof PROMPTS> & Partial<Values<typeof FILLING>> & { readonly nearest: number };

/** How blind prompts are made, as the library has it; what is left to it is not there. */
export function blindOptions({
  nearest,
  shots,
  choose,
  step,
  candidates,
  window,
  order,
  reads = "auto",
}: Told): BlindPlanOptions & Pick<RestoreOptions, "nearest" | "reads"> {
  return {
    nearest,
    step,
    candidates,
    ...(window === undefined ? {} : { context: window }),
    ...(order === undefined ? {} : { order }),
    ...(shots === undefined ? {} : { examples: shots }),
    ...(choose === "auto" ? {} : { choose }),
    ...(reads === "auto" ? {} : { reads }),
  };
}
