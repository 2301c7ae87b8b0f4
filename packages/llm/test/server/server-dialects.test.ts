import assert from "node:assert/strict";
import { test } from "node:test";
import { rejects } from "@v2l/testing";
import { FakeLanguageModel, openServerLanguageModel, readEnvironment } from "../../src/index.js";
import { localVocabulary, serveFake } from "./served-fake.js";
import { startTestServer } from "./test-server.js";
import { VllmHandler } from "./vllm-handler.js";

const PROMPT = [1, 300, 310];

test("llama.cpp: few likely ids cost one short answer, unlikely ones the whole vocabulary", async (t) => {
  const { fake, server, model } = await serveFake(t, "llama.cpp");
  const all = Array.from({ length: fake.info.vocabularySize }, (_, id) => id);
  const [logProbs] = (await fake.nextLogProbs([PROMPT], all)) as [Float32Array];
  const order = [...all].sort((a, b) => (logProbs[b] as number) - (logProbs[a] as number));
  const likely = order[0] as number;
  const unlikely = order.at(-1) as number;
  const [first] = await model.nextLogProbs([PROMPT], [likely]);
  assert.deepEqual(
    server.requests.map(({ body }) => body.n_probs),
    [256],
  );
  assert.equal(first?.[0], logProbs[likely]);
  server.requests.length = 0;
  const [second] = await model.nextLogProbs([PROMPT], [unlikely]);
  assert.deepEqual(
    server.requests.map(({ body }) => body.n_probs),
    [256, all.length],
  );
  assert.equal(second?.[0], logProbs[unlikely]);
});

test("llama.cpp: a continuation is forced by a grammar, in one request", async (t) => {
  const { server, model } = await serveFake(t, "llama.cpp");
  await model.score([{ prefix: PROMPT, continuations: [[300, 310, 300]] }]);
  assert.deepEqual(
    server.requests.map(({ body }) => body.grammar),
    ["root ::= set0 set1 set0\nset0 ::= <[300]>\nset1 ::= <[310]>"],
  );
});

test("llama.cpp: bytes and ends of text, which no grammar allows, are scored all the same", async (t) => {
  const { fake, model } = await serveFake(t, "llama.cpp");
  const eos = fake.info.eos as number;
  const byte = 3 + 0xe7;
  const items = [{ prefix: PROMPT, continuations: [[300, byte, 310, eos, 320]] }];
  assert.deepEqual(await model.score(items), await fake.score(items));
});

test("llama.cpp: generation goes on behind bytes and ends of text", async (t) => {
  // A script that likes, in turn, a letter, a byte of a character, and the end of the text.
  const cycle = [300, 3 + 0xe7, 2];
  const script = (prompt: readonly number[], logits: Float64Array) => {
    const favourite = cycle[(prompt.length - PROMPT.length) % 3] as number;
    logits[favourite] = (logits[favourite] as number) + 20;
  };
  const { fake, model } = await serveFake(t, "llama.cpp", {}, { script });
  const items = [{ prompt: PROMPT, allowed: Array.from({ length: 8 }, () => null) }];
  const [answer] = await model.generate(items);
  const [expected] = await fake.generate(items);
  assert.deepEqual(answer, expected);
  assert.deepEqual(answer?.tokens.slice(0, 3), cycle);
});

test("llama.cpp: large sets are chosen from here, not by a grammar", async (t) => {
  const { fake, server, model } = await serveFake(t, "llama.cpp");
  const many = Array.from({ length: 300 }, (_, i) => 20 + i);
  const items = [{ prompt: PROMPT, allowed: [many, [300, 301]] }];
  assert.deepEqual(await model.generate(items), await fake.generate(items));
  assert.deepEqual(
    server.requests.map(({ body }) => "grammar" in body),
    [false, true],
  );
});

test("llama.cpp: sampling from a restricted set draws as every other model does", async (t) => {
  const { fake, model } = await serveFake(t, "llama.cpp");
  const ids = [300, 301, 302, 303, 304];
  const items = [1, 2, 3].map((seed) => ({
    prompt: PROMPT,
    allowed: [ids, ids, ids],
    sampling: { temperature: 2, topP: 0.9, seed },
  }));
  assert.deepEqual(await model.generate(items), await fake.generate(items));
});

test("vLLM: one request for a run of equal sets", async (t) => {
  const { fake, server, model } = await serveFake(t, "vllm");
  const items = [{ prompt: PROMPT, allowed: [[300, 301], [300, 301], null, null, [5]] }];
  assert.deepEqual(await model.generate(items), await fake.generate(items));
  assert.deepEqual(
    server.requests.map(({ body }) => [body.allowed_token_ids, body.max_tokens]),
    [
      [[300, 301], 2],
      [undefined, 2],
      [[5], 1],
    ],
  );
});

test("vLLM: many ids are asked for in parts", async (t) => {
  const { fake, server, model } = await serveFake(t, "vllm");
  const ids = Array.from({ length: 300 }, (_, i) => i);
  assert.deepEqual(await model.nextLogProbs([PROMPT], ids), await fake.nextLogProbs([PROMPT], ids));
  assert.deepEqual(
    server.requests.map(({ body }) => body.logprob_token_ids.length),
    [128, 128, 44],
  );
});

test("vLLM: what an old version or its limits forbid is unsupported, with the option that helps", async (t) => {
  const pieces = ["<unk>", "<s>", "</s>", ...Array.from({ length: 1200 }, (_, i) => `▁w${i}`)];
  const fake = new FakeLanguageModel({ pieces });
  const handler = new VllmHandler(fake, 20);
  const server = await startTestServer(fake, handler);
  t.after(() => server.close());
  const model = await openServerLanguageModel({
    url: server.url,
    vocabulary: await localVocabulary(fake),
  });
  const all = Array.from({ length: pieces.length }, (_, id) => id);
  await rejects(model.nextLogProbs([PROMPT], all), "UNSUPPORTED", "--max-logprobs -1");
  handler.hasLogprobTokenIds = false;
  await rejects(model.nextLogProbs([PROMPT], all.slice(0, 10)), "UNSUPPORTED", "logprob_token_ids");
  await rejects(model.nextLogProbs([PROMPT], all.slice(0, 99)), "UNSUPPORTED", "logprob_token_ids");
  await rejects(model.tokenize("<s>"), "UNSUPPORTED", "tokenizer.json");
});

test("the dialect and the model's name can be given; unknown ones are errors", async (t) => {
  const { server } = await serveFake(t, "vllm", { dialect: "vllm", model: "fake" });
  const vocabulary = await localVocabulary(new FakeLanguageModel());
  const open = (options: object) =>
    openServerLanguageModel({ url: `${server.url}/v1/`, vocabulary, ...options });
  assert.equal((await open({})).info.id, "fake");
  await rejects(open({ model: "other" }), "SERVER_REFUSED", "other", "fake");
  server.faults.push({ kind: "body", text: '{"data":[{"id":"x","owned_by":"someone"}]}' });
  await rejects(open({}), "UNSUPPORTED", "someone", "dialect");
});

test("a vocabulary of another size than the server's is a mismatch", async (t) => {
  const { server } = await serveFake(t, "llama.cpp");
  const other = await localVocabulary(new FakeLanguageModel({ pieces: ["<s>", "a", "b"] }));
  const opened = openServerLanguageModel({ url: server.url, vocabulary: other });
  await rejects(opened, "VOCABULARY_MISMATCH", "354", "3");
});

test("the environment names server, dialect, vocabulary, model and key", async () => {
  assert.deepEqual(
    readEnvironment({
      V2L_LLM_SERVER: "http://x",
      V2L_LLM_SERVER_DIALECT: "vllm",
      V2L_LLM_SERVER_VOCABULARY: "tokenizer.json",
      V2L_LLM_SERVER_MODEL: "",
    }),
    {
      server: "http://x",
      dialect: "vllm",
      vocabulary: "tokenizer.json",
      model: undefined,
      apiKey: undefined,
      hubEndpoint: undefined,
      hubToken: undefined,
      cacheHome: undefined,
    },
  );
  const wrong = async () => readEnvironment({ V2L_LLM_SERVER_DIALECT: "ollama" });
  await rejects(wrong(), "INVALID_ARGUMENT", "V2L_LLM_SERVER_DIALECT", "ollama");
});
