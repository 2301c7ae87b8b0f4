import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { inProcess, temporaryFolder } from "./support.js";

const CLIP = "/openai/clip-vit-large-patch14/resolve/main/";
const FILES = new Map([
  [`${CLIP}config.json`, Buffer.from("{}")],
  [`${CLIP}tokenizer.json`, Buffer.from('{"model":{}}')],
  [`${CLIP}model.safetensors`, Buffer.alloc(300_000, 1)],
  ["/TheBloke/Llama-2-7B-GGUF/resolve/main/llama-2-7b.Q8_0.gguf", Buffer.alloc(200_000, 2)],
]);

const LARGE = /\.(safetensors|gguf)$/;

function hash(kind: "sha1" | "sha256", ...parts: (string | Buffer)[]): string {
  return createHash(kind)
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest("hex");
}

/** Answers as the hub does: large files lie elsewhere. @returns whether it knew the path */
function answer({ url = "", headers, method }: IncomingMessage, response: ServerResponse): boolean {
  const stored = url.startsWith("/storage");
  const content = FILES.get(stored ? url.slice("/storage".length) : url);
  if (content === undefined) return false;
  if (LARGE.test(url) && !stored) {
    const stated = { "x-linked-etag": `"${hash("sha256", content)}"` };
    const size = { "x-linked-size": content.length };
    response.writeHead(302, { location: `/storage${url}`, ...stated, ...size }).end();
    return true;
  }
  const start = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
  const etag = `"${hash("sha1", `blob ${content.length}\0`, content)}"`;
  const length = content.length - start;
  response.writeHead(start > 0 ? 206 : 200, { etag, "content-length": length });
  response.end(method === "HEAD" ? undefined : content.subarray(start));
  return true;
}

/** A hub on this machine that HF_ENDPOINT names, and its requests. */
async function hub(
  t: TestContext,
  special: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.method, request.url, request.headers.range].filter(Boolean).join(" "));
    if (special(request, response) || answer(request, response)) return;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const before = process.env.HF_ENDPOINT;
  process.env.HF_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.after(() => {
    server.close();
    server.closeAllConnections();
    if (before === undefined) delete process.env.HF_ENDPOINT;
    else process.env.HF_ENDPOINT = before;
  });
  return requests;
}

test("pull paper fetches CLIP and the language model, goes on after a cut, and tells where the rest is", async (t) => {
  const dir = temporaryFolder(t);
  let cut = true;
  const requests = await hub(t, ({ url, method }, response) => {
    if (!cut || method !== "GET" || !url?.startsWith("/storage/TheBloke")) return false;
    cut = false;
    response.writeHead(200, { "content-length": 200_000 });
    response.write(Buffer.alloc(50_000, 2), () => setTimeout(() => response.destroy(), 100));
    return true;
  });
  const { stdout, stderr } = await inProcess(["pull", "paper", "--dir", dir, "--json"]);
  assert.equal(stderr, "");
  const { clip, llm, manual } = JSON.parse(stdout);
  assert.equal(clip, join(dir, "openai", "clip-vit-large-patch14", "main"));
  for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) {
    assert.deepEqual(readFileSync(join(clip, name)), FILES.get(`${CLIP}${name}`));
  }
  assert.deepEqual(readFileSync(llm), Buffer.alloc(200_000, 2));
  assert.ok(requests.some((one) => /^GET \/storage\/TheBloke.* bytes=50000-$/.test(one)));
  assert.ok(manual.some(({ where }: { where: string }) => where.includes("drive.google.com")));

  const count = requests.length;
  const again = await inProcess(["pull", "paper", "--dir", dir]);
  assert.equal(requests.length, count, "no request for what is there");
  assert.match(again.stderr, /model\.safetensors: already there\n/);
  assert.match(again.stdout, /^CLIP: .*\nlanguage model: .*Q8_0\.gguf\n/);
  assert.match(again.stdout, /\n {2}v2l import v2l-decode\.pth .* --clip .*main\n/);
});

test("pull paper refuses a wrong hash, a file that is not there, and a closed repository", async (t) => {
  const dir = temporaryFolder(t);
  await hub(t, ({ url }, response) => {
    if (url?.startsWith("/owner/closed/")) response.writeHead(401).end();
    else if (url?.startsWith("/owner/wrong/")) {
      const stated = { "x-linked-etag": `"${"0".repeat(64)}"`, "x-linked-size": 300_000 };
      response.writeHead(302, { location: `/storage${CLIP}model.safetensors`, ...stated }).end();
    } else return false;
    return true;
  });
  const pull = (...words: string[]) => inProcess(["pull", "paper", "--dir", dir, ...words]);
  const llm = (name: string) => pull("--skip-clip", "--llm", `hf:owner/${name}/a.gguf`);
  await assert.rejects(llm("wrong"), { code: "MODEL_UNREADABLE", message: /SHA-256 0{64}/ });
  await assert.rejects(llm("closed"), {
    code: "SERVER_REFUSED",
    message: /accept its terms at .*HF_TOKEN/,
  });
  await assert.rejects(llm("none"), { code: "FILE_NOT_FOUND", message: /hf:owner\/none\/a\.gguf/ });
  await assert.rejects(pull("--clip", "clip"), { code: "USAGE", message: /owner\/name/ });
  assert.ok(!existsSync(join(dir, "owner", "wrong", "main", "a.gguf")));
});

test("pull paper looks for disk space before it fetches anything", async (t) => {
  const requests = await hub(t, ({ url }, response) => {
    if (!url?.endsWith(".gguf")) return false;
    const stated = { "x-linked-etag": `"${"0".repeat(64)}"`, "x-linked-size": `${1e18}` };
    response.writeHead(302, { location: "/storage/large", ...stated }).end();
    return true;
  });
  const call = inProcess(["pull", "paper", "--dir", temporaryFolder(t)]);
  await assert.rejects(call, { code: "DISK_FULL" });
  assert.ok(requests.every((one) => one.startsWith("HEAD")));
});
