import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { openEmbedded } from "../src/index.js";
import { languageModelContract } from "./contract.js";
import { writeTinyGgufTo } from "./tiny-llama.js";

const folder = await mkdtemp(join(tmpdir(), "v2l-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "tiny.gguf");
await writeTinyGgufTo(path);

// Alone or with others, a float32 model differs by rounding: 2e-6 were measured on logits of this spread.
languageModelContract(
  "the embedded model",
  () => openEmbedded(path, { gpu: false, kvCache: "F32", contextSize: 200, parallel: 4 }),
  { tolerance: 2e-5 },
);
