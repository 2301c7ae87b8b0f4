// A program of its own: prints the devices that ONNX Runtime can use here, as JSON. Drivers that are
// missing or broken write to standard error and may end the process; the one that asks must live on.
import { isUsable } from "@v2l/onnx";
import { INFERENCE } from "../command/shared-options.js";

const usable: string[] = [];
for (const device of INFERENCE.device.choices) if (await isUsable(device)) usable.push(device);
process.stdout.write(JSON.stringify(usable));
