import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { answeringModel, picture, pictureUrl, startTiny, until } from "./support.js";

function clientOf(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
}

/** The texts of the prompts that the model was asked to continue. */
async function prompts(model: ReturnType<typeof answeringModel>): Promise<string[]> {
  const ids = model.calls.flatMap((call) => (call.method === "generate" ? call.prompts : []));
  return Promise.all(ids.map((prompt) => model.detokenize(prompt)));
}

test("a text is answered by the embedded model, with usage", async (t) => {
  const llm = answeringModel(" hello world");
  const { url } = await startTiny(t, { llm });
  const completion = await clientOf(url).chat.completions.create({
    model: "any",
    messages: [
      { role: "system", content: "Be kind." },
      { role: "user", content: "Hi" },
    ],
  });
  const [choice] = completion.choices;
  // The fake goes on with a line end and "User:", where the plain template stops.
  assert.equal(choice?.message.content, "hello world");
  assert.equal(choice?.finish_reason, "stop");
  assert.equal(completion.model, "fake");
  const [prompt] = await prompts(llm);
  assert.equal(prompt, "Be kind.\n\nUser: Hi\nAssistant:");
  // One id per character of the prompt and its leading blank, and the beginning of the text.
  const length = (prompt as string).length + 2;
  const written = " hello world\nUser:".length;
  assert.deepEqual(completion.usage, {
    prompt_tokens: length,
    completion_tokens: written,
    total_tokens: length + written,
  });
});

test("a stream gives the same text token by token, and the usage at its end", async (t) => {
  const { url } = await startTiny(t, { llm: answeringModel(" grüße dich") });
  const client = clientOf(url);
  const messages = [{ role: "user" as const, content: "Hi" }];
  const stream = await client.chat.completions.create({
    model: "any",
    messages,
    stream: true,
    stream_options: { include_usage: true },
    stop: ["dic"],
  });
  const deltas: string[] = [];
  let usage: OpenAI.CompletionUsage | null | undefined;
  let reason: string | null = null;
  for await (const chunk of stream) {
    usage = chunk.usage ?? usage;
    reason = chunk.choices[0]?.finish_reason ?? reason;
    const delta = chunk.choices[0]?.delta.content;
    if (delta) deltas.push(delta);
  }
  // "d" and "di" may begin the stop and are held back. ü and ß have no piece: the fake writes nothing there.
  assert.ok(deltas.length > 3);
  assert.ok(!deltas.join("").includes("d"));
  assert.equal(reason, "stop");
  const whole = await client.chat.completions.create({ model: "any", messages, stop: "dic" });
  assert.equal(deltas.join(""), whole.choices[0]?.message.content);
  assert.deepEqual(usage, whole.usage);
});

test("images become their words in the message, and keep their order", async (t) => {
  const llm = answeringModel(" yes");
  const { url, v2l } = await startTiny(t, { llm, words: 2, imageTemplate: "<{number}: {words}>" });
  await clientOf(url).chat.completions.create({
    model: "any",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Compare" },
          { type: "image_url", image_url: { url: await pictureUrl(1), detail: "low" } },
          { type: "image_url", image_url: { url: await pictureUrl(2) } },
          { type: "text", text: "please" },
        ],
      },
    ],
  });
  const words = async (seed: number) => {
    const described = await v2l.describe(picture(seed));
    return described
      .slice(0, 2)
      .map(({ word }) => word)
      .join(", ");
  };
  const lines = ["User: Compare", `<1: ${await words(1)}>`, `<2: ${await words(2)}>`, "please"];
  assert.equal((await prompts(llm))[0], `${lines.join("\n")}\nAssistant:`);
});

test("the lines template makes examples of earlier turns", async (t) => {
  const llm = answeringModel("");
  const { url, v2l } = await startTiny(t, { llm, words: 2, chatTemplate: "lines" });
  const described = await v2l.describe(picture(1));
  const words = described
    .slice(0, 2)
    .map(({ word }) => word)
    .join(" ");
  const image = { type: "image_url" as const, image_url: { url: await pictureUrl(1) } };
  const completion = await clientOf(url).chat.completions.create({
    model: "any",
    messages: [
      { role: "user", content: [image, { type: "text", text: "What is it?" }] },
      { role: "assistant", content: "a dog" },
      { role: "user", content: "Where\nis it?" },
    ],
    max_tokens: 3,
    temperature: 1,
    seed: 4,
  });
  const [first, second] = await prompts(llm);
  assert.equal(
    first,
    "Each input lists words for a picture. The answer is true of the picture.\n" +
      `Input: ${words} Question: What is it? Answer: a dog\n` +
      `Input: ${words} Question: Where is it? Answer:`,
  );
  assert.ok((second as string).startsWith(first as string));
  const { finish_reason } = completion.choices[0] ?? {};
  assert.ok(finish_reason === "length" || finish_reason === "stop");
  const again = async (seed: number) => {
    const messages = [{ role: "user" as const, content: "Say" }];
    const settings = { model: "any", max_tokens: 8, temperature: 2, seed };
    const result = await clientOf(url).chat.completions.create({ ...settings, messages });
    return result.choices[0]?.message.content;
  };
  assert.equal(await again(1), await again(1));
  assert.notEqual(await again(1), await again(2));
});

test("a client that leaves in mid-stream stops the model", async (t) => {
  const llm = answeringModel(" on".repeat(800));
  const { url, log } = await startTiny(t, { llm });
  const stream = await clientOf(url).chat.completions.create({
    model: "any",
    messages: [{ role: "user", content: "Go" }],
    stream: true,
    max_tokens: 2000,
  });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
  await until(() => log.some((line) => line.includes('"status":499')));
  const asked = llm.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  // One token may have been on its way.
  assert.ok(llm.calls.length <= asked + 1);
  assert.ok(asked < 1500);
  // And the next is served.
  const messages = [{ role: "user" as const, content: "Go" }];
  const next = await clientOf(url).chat.completions.create({ model: "a", messages, max_tokens: 3 });
  assert.equal(next.choices[0]?.finish_reason, "length");
});

test("what the embedded model cannot do is refused by its name", async (t) => {
  const { url } = await startTiny(t, { llm: answeringModel(" x") });
  const { completions } = clientOf(url).chat;
  const messages = [{ role: "user" as const, content: "Hi" }];
  const tools = [{ type: "function" as const, function: { name: "f", parameters: {} } }];
  for (const [name, more] of Object.entries({
    n: { n: 2 },
    tools: { tools },
    response_format: { response_format: { type: "json_object" as const } },
    logprobs: { logprobs: true },
    presence_penalty: { presence_penalty: 1 },
  })) {
    await assert.rejects(
      completions.create({ model: "any", messages, ...more }),
      (error) =>
        error instanceof OpenAI.APIError && error.status === 501 && error.message.includes(name),
    );
  }
  const long = [{ role: "user" as const, content: "x".repeat(5000) }];
  await assert.rejects(completions.create({ model: "any", messages: long }), (error) => {
    return error instanceof OpenAI.BadRequestError && error.code === "CONTEXT_OVERFLOW";
  });
  const last = [...messages, { role: "assistant" as const, content: "x" }];
  await assert.rejects(completions.create({ model: "any", messages: last }), /last message/);
});

test("bad, oversized and foreign images are refused with their place", async (t) => {
  const limits = { bytes: 100_000, pixels: 300 };
  const { url } = await startTiny(t, { llm: answeringModel(" x"), limits });
  const refusal = async (image: string) => {
    const content = [{ type: "image_url" as const, image_url: { url: image } }];
    try {
      await clientOf(url).chat.completions.create({
        model: "any",
        messages: [{ role: "user", content }],
      });
    } catch (error) {
      assert.ok(error instanceof OpenAI.APIError);
      return [error.status, error.code, error.message] as const;
    }
    throw new Error("not refused");
  };
  const bad = await refusal("data:image/png;base64,AAAA");
  assert.deepEqual(bad.slice(0, 2), [400, "REQUEST_INVALID"]);
  assert.match(bad[2], /messages\[0\]\.content\[0\]\.image_url\.url/);
  const cut = await refusal((await pictureUrl(1)).slice(0, 200));
  assert.deepEqual(cut.slice(0, 2), [400, "IMAGE_UNREADABLE"]);
  const pixels = await refusal(await pictureUrl(1, 20));
  assert.deepEqual(pixels.slice(0, 2), [413, "IMAGE_TOO_LARGE"]);
  const bytes = await refusal(`data:image/png;base64,${"A".repeat(200_000)}`);
  assert.deepEqual(bytes.slice(0, 2), [413, "REQUEST_TOO_LARGE"]);
  const host = await refusal("https://example.com/a.png");
  assert.deepEqual(host.slice(0, 2), [403, "IMAGE_HOST_REFUSED"]);
  const file = await refusal("file:///etc/passwd");
  assert.deepEqual(file.slice(0, 2), [400, "REQUEST_INVALID"]);
});

test("models lists the embedded one, and a server without any says so", async (t) => {
  const { url } = await startTiny(t);
  const client = clientOf(url);
  const ids = (await client.models.list()).data.map(({ id }) => id);
  assert.deepEqual(ids, ["fake"]);
  assert.equal((await client.models.retrieve("fake")).owned_by, "v2l");
  await assert.rejects(client.models.retrieve("other"), OpenAI.NotFoundError);
});
