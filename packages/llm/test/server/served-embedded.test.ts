import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { maxAbsDifference } from "@v2l/testing";
import {
  type LanguageModel,
  openEmbedded,
  openServerLanguageModel,
  SERVER_DIALECTS,
  type ServerDialectName,
} from "../../src/index.js";
import { languageModelContract } from "../contract.js";
import { writeTinyGgufTo } from "../tiny-llama.js";
import { startTestServer, type TestServer } from "./test-server.js";
import { writeTokenizerJson } from "./tokenizer-json.js";

const folder = mkdtempSync(join(tmpdir(), "v2l-test-"));
const path = join(folder, "tiny.gguf");
await writeTinyGgufTo(path);
const embedded = await openEmbedded(path, {
  gpu: false,
  kvCache: "F32",
  contextSize: 100,
  parallel: 4,
});
const servers: TestServer[] = [];
after(async () => {
  for (const server of servers) await server.close();
  await embedded.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(dialect: ServerDialectName): Promise<LanguageModel> {
  const server = await startTestServer(embedded, dialect);
  servers.push(server);
  const { pieces } = await embedded.vocabulary();
  const vocabulary = dialect === "vllm" ? writeTokenizerJson(folder, pieces) : path;
  return openServerLanguageModel({ url: server.url, vocabulary });
}

for (const dialect of SERVER_DIALECTS) {
  // In other company a float32 model differs by rounding, about 2e-6.
  const options = { tolerance: 2e-5 };
  languageModelContract(`the embedded model behind ${dialect}`, () => open(dialect), options);

  test(`behind ${dialect}, the embedded model scores as it does here`, async (t) => {
    const served = await open(dialect);
    t.after(() => served.close());
    const items = [{ prefix: [1, 259, 260], continuations: [[261], [262, 263, 264]] }];
    const [here] = (await embedded.score(items)) as [Float32Array[]];
    const [there] = (await served.score(items)) as [Float32Array[]];
    here.forEach((scores, i) => {
      assert.ok(maxAbsDifference(scores, there[i] as Float32Array) <= 2e-5);
    });
    assert.equal(served.info.eos, embedded.info.eos);
    if (dialect === "llama.cpp") {
      assert.equal(served.info.vocabularyHash, embedded.info.vocabularyHash);
      assert.deepEqual(await served.tokenize("a dog"), await embedded.tokenize("a dog"));
    }
  });
}
