import type { TestContext } from "node:test";
import {
  FakeLanguageModel,
  type FakeOptions,
  type LanguageModel,
  openServerLanguageModel,
  type ServerDialectName,
  type ServerOptions,
} from "../../src/index.js";
import { startTestServer, type TestServer } from "./test-server.js";

export interface ServedFake {
  readonly fake: FakeLanguageModel;
  readonly server: TestServer;
  readonly model: LanguageModel;
  /** Pauses before repeated requests, in milliseconds; they are not waited for. */
  readonly pauses: number[];
}

/** A fake behind a test server, and the adapter that asks it. */
export async function serveFake(
  t: TestContext,
  dialect: ServerDialectName,
  options: Partial<ServerOptions> = {},
  fakeOptions: FakeOptions = {},
): Promise<ServedFake> {
  const fake = new FakeLanguageModel(fakeOptions);
  const server = await startTestServer(fake, dialect);
  t.after(() => server.close());
  const pauses: number[] = [];
  const model = await openServerLanguageModel({
    url: server.url,
    vocabulary: await localVocabulary(fake),
    wait: async (milliseconds) => {
      pauses.push(milliseconds);
    },
    retry: { seed: 1 },
    ...options,
  });
  t.after(() => model.close());
  server.requests.length = 0;
  return { fake, server, model, pauses };
}

/** What a file would say about the fake's vocabulary. */
export async function localVocabulary(fake: FakeLanguageModel) {
  const { bos, eos } = fake.info;
  return {
    ...(await fake.vocabulary()),
    bos,
    eos,
    chatTemplate: null,
    addsSpace: true,
    tokenizer: null,
  };
}
