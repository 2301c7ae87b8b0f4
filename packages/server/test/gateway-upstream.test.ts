import assert from "node:assert/strict";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import OpenAI from "openai";
import { gate, listenWith, picture, pictureUrl, rawGet, startTiny, until } from "./support.js";

interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An upstream server that keeps what it is asked. */
async function upstreamWith(t: TestContext, answer: (response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const url = await listenWith(t, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      asked.push({ path: request.url ?? "", headers: request.headers, body });
      answer(response);
    });
  });
  return { url, asked };
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

const COMPLETION = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "big",
  choices: [{ index: 0, message: { role: "assistant", content: "a dog" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
};

function clientOf(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "secret-of-a-client", maxRetries: 0 });
}

test("text goes through to the byte, with the server's key and without the client's", async (t) => {
  const upstream = await upstreamWith(t, (response) => sendJson(response, COMPLETION));
  const { url } = await startTiny(t, { upstream: { url: `${upstream.url}/v1/`, apiKey: "key" } });
  const body =
    '{"model":"big", "messages":[{"role":"user","content":"Hi"}], "tools":[], "x_own":{"a":1.0}}';
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer of-a-client" },
    body,
  });
  assert.deepEqual(await response.json(), COMPLETION);
  const [asked] = upstream.asked;
  assert.deepEqual([asked?.path, asked?.body], ["/v1/chat/completions", body]);
  assert.equal(asked?.headers.authorization, "Bearer key");
});

test("images become texts for the upstream, and nothing else changes", async (t) => {
  const upstream = await upstreamWith(t, (response) => sendJson(response, COMPLETION));
  const { url, v2l } = await startTiny(t, { upstream: { url: upstream.url }, llm: null });
  const tools = [{ type: "function" as const, function: { name: "f", parameters: {} } }];
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: "system", content: "Look." },
    {
      role: "user",
      content: [
        { type: "text", text: "What is it?" },
        { type: "image_url", image_url: { url: await pictureUrl(1) } },
      ],
    },
    {
      role: "assistant",
      tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: "1", content: "done" },
    {
      role: "user",
      content: [
        { type: "image_url", image_url: { url: await pictureUrl(2) } },
        { type: "input_audio", input_audio: { data: "", format: "wav" } },
      ],
    },
  ];
  const completion = await clientOf(url).chat.completions.create({
    model: "big",
    messages,
    tools,
    temperature: 0.5,
  });
  assert.equal(completion.choices[0]?.message.content, "a dog");
  const [asked] = upstream.asked;
  assert.equal(asked?.headers.authorization, undefined);
  const text = async (seed: number, number: number) => {
    const words = (await v2l.describe(picture(seed))).map(({ word }) => word).join(", ");
    return `[Image ${number}. Words that describe it, the best first: ${words}]`;
  };
  const passed = JSON.parse(asked?.body as string);
  assert.deepEqual(passed, {
    model: "big",
    messages: [
      messages[0],
      { role: "user", content: `What is it?\n${await text(1, 1)}` },
      messages[2],
      messages[3],
      {
        role: "user",
        content: [
          { type: "text", text: await text(2, 2) },
          { type: "input_audio", input_audio: { data: "", format: "wav" } },
        ],
      },
    ],
    tools,
    temperature: 0.5,
  });
});

test("a stream comes through as it is written, and leaving it ends it upstream", async (t) => {
  const second = gate();
  let left = false;
  const chunk = (content: string) => {
    const choices = [{ index: 0, delta: { content }, finish_reason: null }];
    const head = { id: "1", object: "chat.completion.chunk", created: 1, model: "big" };
    return `data: ${JSON.stringify({ ...head, choices })}\n\n`;
  };
  const upstream = await upstreamWith(t, (response) => {
    response.on("close", () => {
      left = true;
    });
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(chunk("one"));
    void second.opened.then(() => response.write(chunk("two")));
  });
  const { url } = await startTiny(t, { upstream: { url: upstream.url } });
  const stream = await clientOf(url).chat.completions.create({
    model: "big",
    messages: [{ role: "user", content: "Hi" }],
    stream: true,
  });
  const seen: string[] = [];
  for await (const part of stream) {
    seen.push(part.choices[0]?.delta.content ?? "");
    // The second is not written before the first has come through.
    second.open();
    if (seen.length === 2) break;
  }
  assert.deepEqual(seen, ["one", "two"]);
  await until(() => left);
});

test("the upstream's refusals and models come through", async (t) => {
  let status = 429;
  const upstream = await upstreamWith(t, (response) => {
    if (status === 200) return sendJson(response, { object: "list", data: [{ id: "big" }] });
    response.setHeader("retry-after", "7");
    sendJson(response, { error: { message: "slowly", code: "rate_limit" } }, status);
  });
  const { url } = await startTiny(t, { upstream: { url: upstream.url } });
  const messages = [{ role: "user" as const, content: "Hi" }];
  await assert.rejects(
    clientOf(url).chat.completions.create({ model: "big", messages }),
    (error) => {
      return (
        error instanceof OpenAI.RateLimitError &&
        error.code === "rate_limit" &&
        error.headers?.get("retry-after") === "7"
      );
    },
  );
  status = 200;
  const ids = (await clientOf(url).models.list()).data.map(({ id }) => id);
  assert.deepEqual([ids, upstream.asked.at(-1)?.path], [["big"], "/v1/models"]);
});

test("an upstream that is down, redirects, or breaks off is an error of its own", async (t) => {
  const messages = [{ role: "user" as const, content: "Hi" }];
  const down = await startTiny(t, { upstream: { url: "http://127.0.0.1:1" } });
  const code = (wanted: string) => (error: unknown) => {
    return error instanceof OpenAI.APIError && error.status === 502 && error.code === wanted;
  };
  await assert.rejects(
    clientOf(down.url).chat.completions.create({ model: "big", messages }),
    code("UPSTREAM_UNAVAILABLE"),
  );
  const redirecting = await upstreamWith(t, (response) => {
    response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
  });
  const other = await startTiny(t, { upstream: { url: redirecting.url } });
  await assert.rejects(
    clientOf(other.url).chat.completions.create({ model: "big", messages }),
    code("UPSTREAM_UNAVAILABLE"),
  );
  const breaking = await upstreamWith(t, (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
    response.write("{");
    setTimeout(() => response.destroy(), 20);
  });
  const third = await startTiny(t, { upstream: { url: breaking.url } });
  await assert.rejects(clientOf(third.url).chat.completions.create({ model: "big", messages }));
  // It lives on.
  assert.equal((await fetch(`${third.url}/healthz`)).status, 200);
});

test("no name of a model leads to another path of the upstream", async (t) => {
  const upstream = await upstreamWith(t, (response) => sendJson(response, {}));
  const { url } = await startTiny(t, { upstream: { url: upstream.url, apiKey: "key" } });
  for (const id of [
    "%2e%2e",
    "..",
    "%2e%2e/%2e%2e/admin",
    "..%2f..%2fadmin",
    "a/../../admin",
    "a%3Fb",
  ]) {
    await rawGet(url, `/v1/models/${id}`);
  }
  await rawGet(url, "/v1/models/owner%2Fmodel");
  const paths = upstream.asked.map(({ path }) => path);
  assert.ok(
    paths.every((path) => /^\/v1\/models\/[^/]+$/.test(path)),
    paths.join(),
  );
  assert.equal(paths.at(-1), "/v1/models/owner%2Fmodel");
});

test("a connection that the upstream closes when it is used again is not an error", async (t) => {
  const known = new WeakSet<object>();
  let resets = 0;
  const upstream = await upstreamWith(t, (response) => {
    const socket = response.socket as Socket;
    if (known.has(socket)) {
      resets++;
      socket.resetAndDestroy();
      return;
    }
    known.add(socket);
    sendJson(response, COMPLETION);
  });
  const { url } = await startTiny(t, { upstream: { url: upstream.url } });
  for (let i = 0; i < 3; i++) {
    const messages = [{ role: "user" as const, content: "Hi" }];
    await clientOf(url).chat.completions.create({ model: "big", messages });
  }
  assert.equal(resets, 2);
});
