import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import {
  FakeLanguageModel,
  openServerLanguageModel,
  SERVER_DIALECTS,
  type ServerDialectName,
} from "../../src/index.js";
import { languageModelContract } from "../contract.js";
import { localVocabulary } from "./served-fake.js";
import { startTestServer, type TestServer } from "./test-server.js";
import { writeTokenizerJson } from "./tokenizer-json.js";

const folder = mkdtempSync(join(tmpdir(), "v2l-test-"));
const servers: TestServer[] = [];
after(async () => {
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const dialect of SERVER_DIALECTS) {
  languageModelContract(`a server of ${dialect}`, () => open(dialect));
}

/** llama-server's own tokenizer for the one, a tokenizer.json for the other. */
async function open(dialect: ServerDialectName) {
  const fake = new FakeLanguageModel({ contextSize: 65 });
  const server = await startTestServer(fake, dialect);
  servers.push(server);
  const { pieces } = await fake.vocabulary();
  const vocabulary =
    dialect === "vllm" ? writeTokenizerJson(folder, pieces) : await localVocabulary(fake);
  return openServerLanguageModel({ url: server.url, vocabulary });
}
