import { createRequire } from "node:module";
import { torchAvailable } from "@v2l/torch";

/** What a run was made with; saved beside its configuration. */
export function versions(): Readonly<Record<string, string>> {
  const { version } = createRequire(import.meta.url)("../../../package.json") as {
    version: string;
  };
  const torch = torchAvailable();
  return {
    v2l: version,
    node: process.versions.node,
    libtorch: torch.available ? torch.version : "none",
  };
}
