import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { rejects, temporaryFolder } from "@v2l/testing";
import { download } from "../src/hub/download.js";
import { hubFile, hubFileInfo } from "../src/hub/hub-file.js";
import { openEmbedded } from "../src/index.js";
import { writeTinyGguf } from "./tiny-llama.js";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on this machine, and the requests it got: method, path and range. */
async function serve(t: TestContext, answer: Answer) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.method, request.url, request.headers.range].filter(Boolean).join(" "));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, requests };
}

/** Answers as the hub does: a redirect that states the hash, then the file, or the range of it. */
function hub(content: Buffer, hash = sha256(content)): Answer {
  return (request, response) => {
    if (request.url?.startsWith("/owner/")) {
      response.writeHead(302, { location: "/storage/abc", "x-linked-etag": `"${hash}"` }).end();
      return;
    }
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (start >= content.length) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
      return;
    }
    const length = content.length - start;
    response.writeHead(start > 0 ? 206 : 200, { "content-length": length });
    response.end(content.subarray(start));
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function sha256Of(content: Uint8Array) {
  return { kind: "sha256", hex: sha256(content) } as const;
}

test("a model of the hub is downloaded once, with progress, and opens", async (t) => {
  const content = await readFile(await writeTinyGguf(t));
  const { endpoint, requests } = await serve(t, hub(content));
  const reports: [number, number | null][] = [];
  const onProgress = (done: number, total: number | null) => reports.push([done, total]);
  const options = { endpoint, cacheFolder: temporaryFolder(t), onProgress };
  const model = await openEmbedded("hf:owner/models/small/tiny.gguf", { gpu: false, hub: options });
  assert.equal(model.info.id, "tiny");
  await model.close();
  assert.deepEqual(requests, [
    "HEAD /owner/models/resolve/main/small/tiny.gguf",
    "GET /owner/models/resolve/main/small/tiny.gguf",
    "GET /storage/abc",
  ]);
  assert.deepEqual(reports.at(-1), [content.length, content.length]);
  const again = await hubFile("hf:owner/models/small/tiny.gguf", options);
  assert.deepEqual(await readFile(again), content);
  assert.equal(requests.length, 3, "no request for a file that is there");
});

test("revisions are kept apart, and a token is sent to the hub", async (t) => {
  const tokens: (string | undefined)[] = [];
  const content = randomBytes(1000);
  const { endpoint, requests } = await serve(t, (request, response) => {
    tokens.push(request.headers.authorization);
    hub(content)(request, response);
  });
  const options = { endpoint, cacheFolder: temporaryFolder(t), token: "secret" };
  const main = await hubFile("hf:owner/models/a.gguf", options);
  const other = await hubFile("hf:owner/models/a.gguf@v2.0", options);
  assert.notEqual(main, other);
  assert.ok(requests.includes("GET /owner/models/resolve/v2.0/a.gguf"));
  assert.equal(tokens[0], "Bearer secret");
});

test("a download that broke off goes on where it stopped", async (t) => {
  const content = randomBytes(300_000);
  let cut = true;
  const { endpoint, requests } = await serve(t, (request, response) => {
    if (!cut) return hub(content)(request, response);
    cut = false;
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 100));
  });
  const path = join(temporaryFolder(t), "a.gguf");
  const options = { checksum: sha256Of(content), retryDelay: 1 };
  await download(new URL("/storage/a", endpoint), path, options);
  assert.deepEqual(await readFile(path), content);
  assert.deepEqual(requests, ["GET /storage/a", "GET /storage/a bytes=100000-"]);
  assert.ok(!existsSync(`${path}.part`));
});

test("an earlier part is continued; one that is complete only checked", async (t) => {
  const content = randomBytes(5000);
  const { endpoint, requests } = await serve(t, hub(content));
  const url = new URL("/storage/a", endpoint);
  const path = join(temporaryFolder(t), "a.gguf");
  for (const length of [2000, 5000]) {
    await writeFile(`${path}.part`, content.subarray(0, length));
    await download(url, path, { checksum: sha256Of(content) });
    assert.deepEqual(await readFile(path), content);
  }
  assert.deepEqual(requests, ["GET /storage/a bytes=2000-", "GET /storage/a bytes=5000-"]);
});

test("content of another hash is refused and removed", async (t) => {
  const content = randomBytes(5000);
  const { endpoint } = await serve(t, hub(content, "0".repeat(64)));
  const options = { endpoint, cacheFolder: temporaryFolder(t) };
  const call = hubFile("hf:owner/models/a.gguf", options);
  await rejects(call, "MODEL_UNREADABLE", "SHA-256", sha256(content));
  const path = join(options.cacheFolder, "owner", "models", "main", "a.gguf");
  assert.ok(!existsSync(path) && !existsSync(`${path}.part`));
  const right = { ...options, sha256: sha256(content) };
  assert.equal(await hubFile("hf:owner/models/a.gguf", right), path);
  await rejects(
    hubFile("hf:owner/models/a.gguf", { ...right, sha256: "1".repeat(64) }),
    "MODEL_UNREADABLE",
  );
});

test("refusals, failures and aborts have their own errors", async (t) => {
  const statuses: Record<string, number> = { "/none": 404, "/closed": 403, "/broken": 500 };
  const { endpoint, requests } = await serve(t, (request, response) => {
    const status = statuses[request.url ?? ""];
    if (status) response.writeHead(status).end("no");
    else response.writeHead(200, { "content-length": 100 }).write("some");
  });
  const path = join(temporaryFolder(t), "a.gguf");
  const get = (name: string, signal?: AbortSignal) => {
    return download(new URL(name, endpoint), path, { retryDelay: 1, signal });
  };
  await rejects(get("/none"), "FILE_NOT_FOUND", "404");
  await rejects(get("/closed"), "SERVER_REFUSED", "403", "token");
  await rejects(get("/broken"), "SERVER_UNAVAILABLE", "500");
  assert.equal(requests.filter((each) => each.includes("/broken")).length, 4);
  await rejects(
    download(new URL("http://127.0.0.1:1/a"), path, { retryDelay: 1 }),
    "SERVER_UNAVAILABLE",
  );
  const controller = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), 50);
  await assert.rejects(get("/hangs", controller.signal), (error) => error === reason);
  assert.ok(!existsSync(path));
});

test("a closed repository and a file that is not there say what to do", async (t) => {
  const { endpoint, requests } = await serve(t, (request, response) => {
    response.writeHead(request.url?.includes("/closed/") ? 401 : 404).end();
  });
  const options = { endpoint, cacheFolder: temporaryFolder(t) };
  const closed = hubFile("hf:owner/closed/a.gguf", options);
  await rejects(closed, "SERVER_REFUSED", "401", `accept its terms at ${endpoint}/owner/closed`);
  await rejects(hubFile("hf:owner/closed/a.gguf", options), "SERVER_REFUSED", "HF_TOKEN");
  await rejects(
    hubFile("hf:owner/models/b.gguf", options),
    "FILE_NOT_FOUND",
    "models/b.gguf",
    "404",
  );
  assert.ok(
    requests.every((each) => each.startsWith("HEAD")),
    "nothing is downloaded",
  );
});

test("a renamed repository is followed; its small files have git's hash", async (t) => {
  const content = Buffer.from("hello\n");
  // `git hash-object` of a file with the line `hello`.
  let hash = "ce013625030ba8dba906f756967f9e9ca394464a";
  const { endpoint, requests } = await serve(t, (request, response) => {
    if (request.url?.startsWith("/old/")) {
      response.writeHead(307, { location: request.url.replace("old", "new") }).end();
      return;
    }
    response.writeHead(200, { etag: `"${hash}"`, "content-length": content.length });
    response.end(request.method === "HEAD" ? undefined : content);
  });
  const options = { endpoint, cacheFolder: temporaryFolder(t) };
  assert.deepEqual(await hubFileInfo("hf:old/models/config.json", options), {
    path: join(options.cacheFolder, "old", "models", "main", "config.json"),
    present: false,
    bytes: 6,
    presentBytes: 0,
    checksum: { kind: "git", hex: hash },
  });
  const path = await hubFile("hf:old/models/config.json", options);
  assert.deepEqual(await readFile(path), content);
  assert.ok(requests.includes("GET /new/models/resolve/main/config.json"));
  hash = hash.replace("c", "d");
  const wrong = hubFile("hf:old/models/tokenizer.json", options);
  await rejects(wrong, "MODEL_UNREADABLE", "git's SHA-1 de013625", "ce013625");
});

test("the token goes to the hub and not to where it redirects", async (t) => {
  const content = randomBytes(1000);
  const seen: (string | undefined)[] = [];
  const storage = await serve(t, (request, response) => {
    seen.push(request.headers.authorization);
    hub(content)(request, response);
  });
  const { endpoint } = await serve(t, (_request, response) => {
    const location = `${storage.endpoint}/storage/abc`;
    response.writeHead(302, { location, "x-linked-etag": `"${sha256(content)}"` }).end();
  });
  const options = { endpoint, cacheFolder: temporaryFolder(t), token: "secret" };
  assert.deepEqual(await readFile(await hubFile("hf:owner/models/a.gguf", options)), content);
  assert.deepEqual(seen, [undefined]);
});

test("a file larger than the disk is refused before it is read", async (t) => {
  const { endpoint } = await serve(t, (_request, response) => {
    response.writeHead(200, { "content-length": 1e18 }).write("some");
  });
  const path = join(temporaryFolder(t), "a.gguf");
  const call = download(new URL("/storage/a", endpoint), path, { retryDelay: 1 });
  await rejects(call, "DISK_FULL", "1000000000.00 GB of free disk space");
  assert.ok(!existsSync(path) && !existsSync(`${path}.part`));
});

test("references that leave the cache folder, or are none, are refused", async () => {
  for (const reference of ["hf:owner", "hf:owner/models", "hf:../../a/b", "hf:o/m/a@../../x"]) {
    await rejects(hubFile(reference), "INVALID_ARGUMENT", "hf:owner/repository/file.gguf");
  }
});
