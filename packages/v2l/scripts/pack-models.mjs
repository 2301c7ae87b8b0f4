// Before packing: puts the demo bundle into the package. With --remove, after packing: takes it out, so
// that the checkout has one demo bundle only.
import { cpSync, existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const target = fileURLToPath(new URL("../models", import.meta.url));
const source = fileURLToPath(new URL("../../../models", import.meta.url));
rmSync(target, { recursive: true, force: true });
if (!process.argv.includes("--remove") && existsSync(source)) {
  cpSync(source, target, { recursive: true });
}
