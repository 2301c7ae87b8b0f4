import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallOptions, FakeLanguageModel, type ScoreItem } from "@v2l/llm";
import { answeringModel, failure, gate, post, startTiny, until } from "./support.js";

/** A model whose scores wait until they are let go. */
class WaitingModel extends FakeLanguageModel {
  readonly gate = gate();
  asked = 0;

  constructor() {
    super({ contextSize: 4096 });
  }

  override async score(items: readonly ScoreItem[], options?: CallOptions) {
    this.asked++;
    await this.gate.opened;
    return super.score(items, options);
  }
}

const QUESTION = { image: "scene:cat", classes: ["cat", "dog"] };

test("requests beyond the queue get 503 and a time to come back; then it recovers", async (t) => {
  const llm = new WaitingModel();
  const { url } = await startTiny(t, { llm, limits: { queue: 2 } });
  const asked = Array.from({ length: 6 }, () => post(`${url}/api/classify`, QUESTION));
  await until(() => llm.asked === 1);
  const refused = await Promise.race(asked);
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get("retry-after")) >= 1);
  const health = (await (await fetch(`${url}/healthz`)).json()) as object;
  assert.deepEqual(health, { status: "ok", queue: { running: 1, waiting: 2 } });
  llm.gate.open();
  const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, 200, 200, 503, 503, 503]);
  assert.equal((await post(`${url}/api/classify`, QUESTION)).status, 200);
});

test("bodies together are bounded, also while they are being sent", async (t) => {
  const { url } = await startTiny(t, { limits: { bytes: 1000, allBytes: 1500 } });
  const sending = new AbortController();
  // A body without a length, which never ends, counts as the largest.
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("{")) });
  const headers = { "content-type": "application/json" };
  const { signal } = sending;
  const options = { method: "POST", headers, body, duplex: "half", signal };
  const slow = fetch(`${url}/api/encode`, options as RequestInit).catch(() => null);
  const large = { image: "scene:cat", padding: "x".repeat(600) };
  const statuses: number[] = [];
  do statuses.push((await post(`${url}/api/encode`, large)).status);
  while (statuses.at(-1) === 200);
  assert.equal(statuses.at(-1), 503);
  assert.equal((await post(`${url}/api/encode`, { image: "scene:cat" })).status, 200);
  sending.abort();
  await slow;
  do statuses.push((await post(`${url}/api/encode`, large)).status);
  while (statuses.at(-1) === 503);
  assert.equal(statuses.at(-1), 200);
});

test("a client that leaves while it waits is forgotten", async (t) => {
  const llm = new WaitingModel();
  const { url, log } = await startTiny(t, { llm, limits: { queue: 1 } });
  const first = post(`${url}/api/classify`, QUESTION);
  await until(() => llm.asked === 1);
  const leaving = new AbortController();
  const second = post(`${url}/api/classify`, QUESTION, { signal: leaving.signal });
  const health = async () => {
    const response = await fetch(`${url}/healthz`);
    return ((await response.json()) as { queue: { waiting: number } }).queue.waiting;
  };
  while ((await health()) === 0);
  leaving.abort();
  await assert.rejects(second);
  await until(() => log.some((line) => line.includes('"status":499')));
  assert.equal(await health(), 0);
  llm.gate.open();
  assert.equal((await first).status, 200);
  assert.equal(llm.asked, 1);
});

test("a request that takes too long is told so", async (t) => {
  const llm = new WaitingModel();
  const { url } = await startTiny(t, { llm, limits: { seconds: 0.2 } });
  assert.deepEqual(await failure(await post(`${url}/api/classify`, QUESTION)), [504, "TIME_LIMIT"]);
  llm.gate.open();
});

test("restoring with a model of another vocabulary is refused", async (t) => {
  const llm = new FakeLanguageModel({ pieces: ["<unk>", "<s>", "</s>", "a"] });
  const { url } = await startTiny(t, { llm });
  const response = await post(`${url}/api/restore`, { image: "scene:cat", task: "inpainting" });
  assert.deepEqual(await failure(response), [409, "VOCABULARY_MISMATCH"]);
});

test("closing refuses what is new, finishes what runs, and says so", async (t) => {
  const llm = answeringModel(" on and on and on and on");
  const { url, server, log } = await startTiny(t, { llm });
  const response = await post(`${url}/v1/chat/completions`, {
    messages: [{ role: "user", content: "Go" }],
    stream: true,
  });
  const closed = server.close();
  await assert.rejects(fetch(`${url}/healthz`));
  const text = await response.text();
  assert.match(text, /"finish_reason":"stop"/);
  assert.ok(text.endsWith("data: [DONE]\n\n"));
  await closed;
  assert.match(log.at(-1) as string, /"msg":"stopped"/);
});

test("closing stops what runs when its patience ends", async (t) => {
  const llm = new WaitingModel();
  const { url, server } = await startTiny(t, { llm });
  const asked = post(`${url}/api/classify`, QUESTION);
  await until(() => llm.asked === 1);
  const closed = server.close(0.05);
  assert.deepEqual(await failure(await asked), [503, "STOPPING"]);
  await closed;
  llm.gate.open();
});

test("the log has a JSON line for each request, and nothing of what was sent", async (t) => {
  const { url, log } = await startTiny(t, { token: "secret-token" });
  const authorization = "Bearer secret-token";
  await post(
    `${url}/api/encode?x=secret-query`,
    { image: "scene:cat" },
    { headers: { authorization } },
  );
  await post(`${url}/api/encode`, { image: "secret-image" }, { headers: { authorization } });
  await until(() => log.length === 3);
  const lines = log.map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ level, msg, path, status }) => [level, msg, path, status]),
    [
      ["info", "listening", undefined, undefined],
      ["info", "request", "/api/encode", 200],
      ["info", "request", "/api/encode", 400],
    ],
  );
  assert.equal(lines[2].error.code, "REQUEST_INVALID");
  assert.ok(lines.every(({ time }) => !Number.isNaN(Date.parse(time))));
  assert.ok(!log.join("").includes("secret-token") && !log.join("").includes("secret-query"));
});

test("the level leaves lines out", async (t) => {
  const { url, log } = await startTiny(t, { logLevel: "warn" });
  await fetch(`${url}/healthz`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(log, []);
});

test("errors that nobody expected are logged whole and told in general", async (t) => {
  const llm = new FakeLanguageModel({ contextSize: 4096 });
  llm.score = () => Promise.reject(new Error("/private/path is broken"));
  const { url, log } = await startTiny(t, { llm });
  const response = await post(`${url}/api/classify`, QUESTION);
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /private/);
  await until(() => log.some((line) => line.includes("/private/path is broken")));
});

test("metrics are Prometheus's text", async (t) => {
  const { url } = await startTiny(t, { llm: answeringModel(" a") });
  await post(`${url}/v1/chat/completions`, { messages: [{ role: "user", content: "Go" }] });
  await fetch(`${url}/api/nothing`);
  await fetch(`${url}/api/info`);
  const response = await fetch(`${url}/metrics`);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  assert.match(
    text,
    /^v2l_http_requests_total\{method="POST",route="\/v1\/chat\/completions",status="200"\} 1$/m,
  );
  // Not the page's route, which stands for all other paths.
  assert.match(
    text,
    /^v2l_http_requests_total\{method="GET",route="\/api\/info",status="200"\} 1$/m,
  );
  // " a", the line end and "User:" are eight tokens.
  assert.match(text, /^v2l_chat_tokens_total\{kind="completion"\} 8$/m);
  assert.match(text, /^v2l_queue_waiting\{queue="engines"\} 0$/m);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  for (const line of text.split("\n").filter((one) => one !== "")) {
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [-+.\deE]+)$/);
  }
});
