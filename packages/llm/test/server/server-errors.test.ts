import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { rejects } from "@v2l/testing";
import { FakeLanguageModel, openServerLanguageModel } from "../../src/index.js";
import { localVocabulary, serveFake } from "./served-fake.js";
import { startTestServer } from "./test-server.js";

const PROMPTS = [[1, 50, 60]];
const IDS = [70, 71];

async function answer() {
  return new FakeLanguageModel().nextLogProbs(PROMPTS, IDS);
}

test("429 and 5xx are tried again, after pauses that grow with jitter", async (t) => {
  const { server, model, pauses } = await serveFake(t, "vllm");
  for (const status of [429, 500, 503]) server.faults.push({ kind: "status", status });
  assert.deepEqual(await model.nextLogProbs(PROMPTS, IDS), await answer());
  assert.equal(server.requests.length, 4);
  // Between half and all of 500, 1000 and 2000 ms.
  assert.equal(pauses.length, 3);
  pauses.forEach((pause, i) => {
    const longest = 500 * 2 ** i;
    assert.ok(pause >= longest / 2 && pause <= longest, `pause ${pause}`);
  });
});

test("the jitter is the seed's", async (t) => {
  const pausesOf = async (seed: number) => {
    const { server, model, pauses } = await serveFake(t, "llama.cpp", { retry: { seed } });
    server.faults.push({ kind: "status", status: 500 });
    await model.nextLogProbs(PROMPTS, IDS);
    return pauses;
  };
  assert.deepEqual(await pausesOf(1), await pausesOf(1));
  assert.notDeepEqual(await pausesOf(1), await pausesOf(2));
});

test("Retry-After is honoured, as seconds and as a date, unless it asks for too long", async (t) => {
  const { server, model, pauses } = await serveFake(t, "vllm");
  const later = new Date(Date.now() + 20_000).toUTCString();
  for (const after of ["7", later]) {
    server.faults.push({ kind: "status", status: 429, headers: { "retry-after": after } });
  }
  await model.nextLogProbs(PROMPTS, IDS);
  assert.equal(pauses[0], 7000);
  // A date has whole seconds, and some time has passed since.
  assert.ok((pauses[1] as number) > 15_000 && (pauses[1] as number) <= 20_000, `${pauses[1]}`);
  server.faults.push({ kind: "status", status: 429, headers: { "retry-after": "3600" } });
  await rejects(model.nextLogProbs(PROMPTS, IDS), "SERVER_UNAVAILABLE", "429");
});

test("a server that stays overloaded is unavailable, with what it says", async (t) => {
  const { server, model } = await serveFake(t, "llama.cpp", { retry: { retries: 2 } });
  for (let i = 0; i < 3; i++) server.faults.push({ kind: "status", status: 503 });
  await rejects(
    model.nextLogProbs(PROMPTS, IDS),
    "SERVER_UNAVAILABLE",
    "status 503",
    "a fault of status 503",
  );
  assert.equal(server.requests.length, 3);
});

test("a cut connection is tried again", async (t) => {
  const { server, model } = await serveFake(t, "vllm");
  server.faults.push({ kind: "cut" });
  assert.deepEqual(await model.nextLogProbs(PROMPTS, IDS), await answer());
  assert.equal(server.requests.length, 2);
});

test("a server that is down is unavailable", async () => {
  const fake = new FakeLanguageModel();
  const server = await startTestServer(fake, "llama.cpp");
  await server.close();
  let pauses = 0;
  const opened = openServerLanguageModel({
    url: server.url,
    vocabulary: await localVocabulary(fake),
    retry: { retries: 2 },
    wait: async () => {
      pauses += 1;
    },
  });
  await rejects(opened, "SERVER_UNAVAILABLE", server.url, "ECONNREFUSED");
  assert.equal(pauses, 2);
});

test("a server that does not answer in time is unavailable, and is not asked again", async (t) => {
  const { server, model } = await serveFake(t, "vllm", { timeout: 200 });
  server.faults.push({ kind: "hang" });
  await rejects(model.nextLogProbs(PROMPTS, IDS), "SERVER_UNAVAILABLE", "within 200 ms");
  assert.equal(server.requests.length, 1);
});

test("a refusal is not repeated and carries the server's message", async (t) => {
  const { server, model } = await serveFake(t, "llama.cpp");
  server.faults.push({ kind: "status", status: 400 });
  await rejects(model.nextLogProbs(PROMPTS, IDS), "SERVER_REFUSED", "a fault of status 400");
  server.faults.push({ kind: "status", status: 401 });
  await rejects(model.nextLogProbs(PROMPTS, IDS), "SERVER_REFUSED", "V2L_LLM_SERVER_API_KEY");
  server.faults.push({ kind: "status", status: 302, headers: { location: "http://elsewhere" } });
  await rejects(model.nextLogProbs(PROMPTS, IDS), "SERVER_REFUSED", "302");
  assert.equal(server.requests.length, 3);
});

const nonsense: Record<string, string> = {
  "no JSON": "<html>hello</html>",
  "JSON cut short": '{"tokens": [1',
  "another shape": '{"choices": 7, "tokens": "many"}',
  "no probabilities": '{"tokens": [70], "choices": [{"token_ids": [70]}]}',
  "probabilities above 1":
    '{"tokens":[70],"completion_probabilities":[{"id":70,"logprob":2,"top_logprobs":[]}],' +
    '"choices":[{"token_ids":[70],"logprobs":{"token_logprobs":[2],"top_logprobs":[{}]}}]}',
  "ids outside the vocabulary":
    '{"tokens":[99999],"completion_probabilities":[{"id":99999,"logprob":-1,"top_logprobs":[]}],' +
    '"choices":[{"token_ids":[99999],"logprobs":{"token_logprobs":[-1],"top_logprobs":[{}]}}]}',
};

for (const dialect of ["llama.cpp", "vllm"] as const) {
  for (const [what, text] of Object.entries(nonsense)) {
    test(`${dialect}: ${what} is an invalid answer`, async (t: TestContext) => {
      const { server, model } = await serveFake(t, dialect);
      server.faults.push({ kind: "body", text });
      const call = model.generate([{ prompt: [1, 50], allowed: [null] }]);
      // Without probabilities, llama-server's adapter asks again for those of the token.
      if (dialect === "llama.cpp" && what === "no probabilities") {
        server.faults.push({ kind: "body", text });
      }
      await rejects(call, "SERVER_ANSWER_INVALID", server.url);
    });
  }
}

test("an answer that is too long is not read to its end", async (t) => {
  const { server, model } = await serveFake(t, "llama.cpp", { maxAnswerBytes: 100_000 });
  server.faults.push({ kind: "body", text: " ".repeat(1_000_000) });
  await rejects(model.nextLogProbs(PROMPTS, IDS), "SERVER_ANSWER_INVALID", "100000 bytes");
});

test("no more requests are under way than allowed", async (t) => {
  const { server, model } = await serveFake(t, "vllm", { concurrency: 3 });
  // The first three are answered when all of them are there.
  for (let i = 0; i < 3; i++) server.faults.push({ kind: "wait", count: 3 });
  const prompts = Array.from({ length: 20 }, (_, i) => [1, 100 + i]);
  await Promise.all([model.nextLogProbs(prompts, IDS), model.nextLogProbs(prompts, IDS)]);
  assert.equal(server.mostAtOnce(), 3);
});

test("the API key is sent as a bearer token, from the option or the environment", async (t) => {
  const keyOf = async (apiKey?: string) => {
    const { server, model } = await serveFake(t, "vllm", apiKey ? { apiKey } : {});
    await model.nextLogProbs(PROMPTS, IDS);
    return server.requests[0]?.headers.authorization;
  };
  assert.equal(await keyOf(), undefined);
  assert.equal(await keyOf("secret"), "Bearer secret");
  process.env.V2L_LLM_SERVER_API_KEY = "from the environment";
  t.after(() => {
    delete process.env.V2L_LLM_SERVER_API_KEY;
  });
  assert.equal(await keyOf(), "Bearer from the environment");
});

test("an abort ends a call whose server hangs", async (t) => {
  const { server, model } = await serveFake(t, "llama.cpp");
  server.faults.push({ kind: "hang" });
  const controller = new AbortController();
  const reason = new Error("enough");
  const call = model.nextLogProbs(PROMPTS, IDS, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 50);
  await assert.rejects(call, (error) => error === reason);
});

test("closing ends calls under way", async (t) => {
  const { server, model } = await serveFake(t, "llama.cpp");
  server.faults.push({ kind: "hang" });
  const call = model.nextLogProbs(PROMPTS, IDS);
  setTimeout(() => model.close(), 50);
  await rejects(call, "DISPOSED");
});

test("addresses that are none are refused", async () => {
  const vocabulary = await localVocabulary(new FakeLanguageModel());
  for (const url of ["localhost:8080", "ftp://x", "http://user:word@x", ""]) {
    await rejects(openServerLanguageModel({ url, vocabulary }), "INVALID_ARGUMENT", "url");
  }
});
