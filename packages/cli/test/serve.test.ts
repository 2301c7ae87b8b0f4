import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { errorCode, errorLine } from "../src/command/errors.js";
import { BIN, inProcess, temporaryFolder, tinyBundle } from "./support.js";

test("serve prints its address, answers, and ends in an orderly way on SIGTERM", async (t) => {
  const bundle = await tinyBundle(join(temporaryFolder(t), "bundle"));
  const words = ["serve", "--bundle", bundle, "--threads", "1", "--json"];
  const child = spawn(process.execPath, [BIN, ...words], {
    env: { ...process.env, CI: "true", V2L_SERVER_TOKEN: "secret" },
  });
  t.after(() => child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const closed = new Promise((resolve) => child.on("close", resolve));
  const [line] = await Promise.race([firstLine(child.stdout), closed.then(() => [stderr])]);
  const { url } = JSON.parse(line as string) as { url: string };
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.equal((await fetch(`${url}/api/info`)).status, 401);
  const headers = { authorization: "Bearer secret", "content-type": "application/json" };
  const info = (await (await fetch(`${url}/api/info`, { headers })).json()) as {
    bundle: { name: string };
    llm: null;
  };
  assert.deepEqual([info.bundle.name, info.llm], ["tiny", null]);
  // Neither the bundle nor the command line names a language model.
  const chat = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify({ messages: [{ role: "user", content: "Hi" }] }),
  });
  assert.equal(chat.status, 501);
  assert.match(await chat.text(), /a language model/);
  child.kill("SIGTERM");
  assert.equal(await closed, 0, stderr);
  const logged = stderr.split("\n").filter((one) => one.startsWith("{"));
  assert.ok(logged.length >= 4 && logged.every((one) => JSON.parse(one).level));
  assert.match(stderr, /Finishing what runs/);
});

test("serve refuses to be reached from elsewhere without a token", async (t) => {
  const bundle = await tinyBundle(join(temporaryFolder(t), "bundle"));
  const given = ["serve", "--bundle", bundle, "--threads", "1", "--log-level", "silent"];
  await assert.rejects(inProcess([...given, "--host", "0.0.0.0"]), (error) => {
    assert.equal(errorCode(error), "INVALID_ARGUMENT");
    return errorLine(error).includes("token");
  });
  await assert.rejects(inProcess([...given, "--upstream", "localhost:80"]), (error) => {
    return errorCode(error) === "INVALID_ARGUMENT" && errorLine(error).includes("upstream");
  });
});

function firstLine(stream: NodeJS.ReadableStream): Promise<[line: string]> {
  return new Promise((resolve) => {
    createInterface({ input: stream }).once("line", (line) => resolve([line]));
  });
}
