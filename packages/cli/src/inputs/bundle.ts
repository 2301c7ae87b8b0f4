import { V2L, type V2LOptions } from "v2l";
import type { Values } from "../command/option.js";
import type { INFERENCE } from "../command/shared-options.js";

/** Runs `work` with the bundle that the options name, and frees it afterwards. */
export async function withBundle<T>(
  { bundle, device, threads }: Values<typeof INFERENCE>,
  work: (v2l: V2L) => Promise<T>,
): Promise<T> {
  const options: V2LOptions = { device, ...(threads === undefined ? {} : { threads }) };
  const v2l = await V2L.load(bundle, options);
  try {
    return await work(v2l);
  } finally {
    await v2l.dispose();
  }
}
