import assert from "node:assert/strict";
import { test } from "node:test";
import { rejects } from "@v2l/testing";
import { FakeLanguageModel, openLanguageModel } from "../src/index.js";
import { localVocabulary } from "./server/served-fake.js";
import { startTestServer } from "./server/test-server.js";
import { writeTinyGguf } from "./tiny-llama.js";

test("a path is opened in this process, an address is asked", async (t) => {
  const path = await writeTinyGguf(t);
  const embedded = await openLanguageModel(path, { embedded: { gpu: false, contextSize: 128 } });
  t.after(() => embedded.close());
  assert.equal(embedded.info.contextSize, 128);

  const fake = new FakeLanguageModel({ contextSize: 100 });
  const server = await startTestServer(fake, "vllm");
  t.after(() => server.close());
  const vocabulary = await localVocabulary(fake);
  const served = await openLanguageModel(server.url, { server: { vocabulary } });
  assert.equal(served.info.contextSize, 99);
  await rejects(openLanguageModel(server.url), "INVALID_ARGUMENT", "V2L_LLM_SERVER_VOCABULARY");
});
