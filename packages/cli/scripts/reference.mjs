// Writes docs/cli.md from the commands' data.
import { writeFileSync } from "node:fs";
import { renderReference } from "../dist/src/command/reference.js";
import { COMMANDS } from "../dist/src/commands/index.js";

const file = new URL("../../../docs/cli.md", import.meta.url);
writeFileSync(file, renderReference(COMMANDS));
