import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { type ResolvedAddress, startServer } from "@v2l/server";
import { temporaryFolder } from "@v2l/testing";
import { encodePng } from "v2l";
import {
  answeringModel,
  failure,
  listenWith,
  picture,
  post,
  rawGet,
  startTiny,
} from "./support.js";

test("the page is served with strict headers, and no path leads out of its folder", async (t) => {
  const folder = temporaryFolder(t);
  const studio = join(folder, "studio");
  await mkdir(join(studio, "assets"), { recursive: true });
  await writeFile(join(studio, "index.html"), "<!doctype html><title>studio</title>");
  await writeFile(join(studio, "assets", "a.js"), "1;");
  await writeFile(join(folder, "secret.txt"), "secret");
  const { url } = await startTiny(t, { studio, token: "t" });
  const page = await fetch(url);
  assert.match(await page.text(), /studio/);
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:|\*/);
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.equal(page.headers.get("cross-origin-resource-policy"), "same-origin");
  assert.equal(page.headers.get("cache-control"), "no-cache");
  const asset = await fetch(`${url}/assets/a.js`);
  assert.equal(asset.status, 200);
  assert.match(asset.headers.get("cache-control") ?? "", /immutable/);
  for (const path of [
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/%252e%252e/secret.txt",
    "/..\\secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "//etc/passwd",
    "/%00/../secret.txt",
    `/${"../".repeat(20)}etc/passwd`,
  ]) {
    const [status, body] = await rawGet(url, path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    assert.doesNotMatch(body, /secret"|root:/);
  }
});

test("only files of the bundle and scenes can be named", async (t) => {
  const { url, v2l } = await startTiny(t);
  await symlink("/etc/hostname", join(v2l.path, "link"));
  for (const path of ["link", "..%2f..%2fetc%2fpasswd", "%2e%2e", "constructor", "__proto__"]) {
    assert.equal((await rawGet(url, `/api/bundle/${path}`))[0], 404, path);
    assert.equal((await rawGet(url, `/api/scenes/${path}`))[0], 404, path);
  }
  assert.equal((await fetch(`${url}/api/vocabulary/constructor`)).status, 400);
});

test("a wrong token is refused, of whatever length; page and health need none", async (t) => {
  const token = "a-token-of-some-length";
  const { url } = await startTiny(t, { token });
  const status = async (path: string, authorization?: string) => {
    const response = await fetch(url + path, { headers: authorization ? { authorization } : {} });
    return response.status;
  };
  for (const path of ["/api/info", "/v1/models", "/metrics", "/api/openapi.json"]) {
    assert.equal(await status(path), 401, path);
    for (const wrong of ["a", `${token}x`, token.slice(1), token.toUpperCase(), "ü"]) {
      const given = Buffer.from(`Bearer ${wrong}`).toString("latin1");
      assert.equal(await status(path, given), 401, wrong);
    }
    assert.equal(await status(path, token), 401);
    assert.equal(await status(path, `Bearer ${token}`), 200, path);
  }
  assert.equal(await status("/healthz"), 200);
  assert.equal(await status("/"), 200);
  const info = await fetch(`${url}/api/info`, { headers: { authorization: `Bearer ${token}` } });
  assert.ok(!(await info.text()).includes(token));
  const refused = await fetch(`${url}/api/info`);
  assert.equal(refused.headers.get("www-authenticate"), "Bearer");
});

test("without a token only this machine's names reach the server", async (t) => {
  const { url, v2l, llm } = await startTiny(t);
  const port = new URL(url).port;
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1.evil.example",
    "10.0.0.1",
  ]) {
    assert.equal((await rawGet(url, "/api/info", host))[0], 403, host);
  }
  for (const host of ["localhost", `127.0.0.1:${port}`, `[::1]:${port}`]) {
    assert.equal((await rawGet(url, "/api/info", host))[0], 200, host);
  }
  await assert.rejects(startServer({ v2l, llm, host: "0.0.0.0" }), {
    code: "INVALID_ARGUMENT",
    message: /`host` but received 0\.0\.0\.0.*token/,
  });
  await assert.rejects(startServer({ v2l, llm, token: "" }), { code: "INVALID_ARGUMENT" });
});

test("bodies that are no JSON, or too large, are refused before they are read", async (t) => {
  const { url } = await startTiny(t, { limits: { bytes: 10_000 } });
  const text = await fetch(`${url}/api/encode`, { method: "POST", body: '{"image":"scene:cat"}' });
  assert.deepEqual(await failure(text), [415, "NOT_JSON"]);
  const image = "x".repeat(20_000);
  for (const path of ["/api/encode", "/v1/chat/completions"]) {
    const large = await post(url + path, { image });
    assert.deepEqual(await failure(large), [413, "REQUEST_TOO_LARGE"]);
  }
  // Without a length, as a stream that would never end.
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1000;
      controller.enqueue(new Uint8Array(1000).fill(32));
    },
  });
  const streamed = await fetch(`${url}/api/encode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: endless,
    duplex: "half",
  } as RequestInit).catch(() => null);
  // The server may close before the client has read its answer.
  if (streamed !== null) assert.equal(streamed.status, 413);
  assert.ok(sent < 50_000_000);
  const deep = await fetch(`${url}/api/encode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `${"[".repeat(4000)}${"]".repeat(4000)}`,
  });
  assert.equal(deep.status, 400);
});

test("a small file of many pixels is refused by its header", async (t) => {
  const { url } = await startTiny(t);
  // 30,000 x 30,000 grey pixels of one bit: 112 MB of zeros, compressed to a hundred kilobytes.
  const side = 30_000;
  const rows = deflateSync(Buffer.alloc((side / 8 + 1) * side), { level: 1 });
  const png = pngOf(side, side, rows);
  assert.ok(png.length < 600_000);
  const before = process.memoryUsage.rss();
  const image = `data:image/png;base64,${png.toString("base64")}`;
  const response = await post(`${url}/api/encode`, { image });
  assert.deepEqual(await failure(response), [413, "IMAGE_TOO_LARGE"]);
  assert.ok(process.memoryUsage.rss() - before < 100e6);
});

test("files that are programs for their reader are refused", async (t) => {
  const { url } = await startTiny(t);
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>';
  for (const file of [svg, "%PDF-1.7", "II*\0 a TIFF", ""]) {
    const image = `data:image/svg+xml;base64,${Buffer.from(file).toString("base64")}`;
    const response = await post(`${url}/api/encode`, { image });
    assert.deepEqual(await failure(response), [400, "REQUEST_INVALID"], file);
  }
});

test("a client that sends too slowly is cut off, and holds up no one", async (t) => {
  const { url } = await startTiny(t, { limits: { sendSeconds: 0.3 } });
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = "POST /api/encode HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  socket.write(`${head}Content-Length: 1000\r\n\r\n{`);
  const begun = Date.now();
  const closed = new Promise<void>((resolve) => {
    socket.on("error", () => {}).on("close", () => resolve());
    socket.resume();
  });
  assert.equal((await post(`${url}/api/encode`, { image: "scene:cat" })).status, 200);
  await closed;
  assert.ok(Date.now() - begun < 3000);
});

/** Asks for an image at `address` by a chat, and gives the status and code of the refusal. */
async function askFor(url: string, address: string) {
  const content = [{ type: "image_url", image_url: { url: address } }];
  const response = await post(`${url}/v1/chat/completions`, {
    messages: [{ role: "user", content }],
    max_tokens: 2,
  });
  if (response.status === 200) return [200, ""];
  return failure(response);
}

test("names that resolve to addresses of this machine or its network are refused", async (t) => {
  let reached = 0;
  const inside = await listenWith(t, (_, response) => {
    reached++;
    response.end("inside");
  });
  const { port } = new URL(inside);
  let addresses: ResolvedAddress[] = [];
  const hosts = [`images.test:${port}`, `*.sub.test:${port}`];
  const resolve = async () => addresses;
  const { url } = await startTiny(t, { remoteImages: { hosts, resolve } });
  for (const address of [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "::1",
    "::",
    "fd00::1",
    "fe80::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
  ]) {
    addresses = [{ address, family: address.includes(":") ? 6 : 4 }];
    for (const host of ["images.test", "a.sub.test"]) {
      const refusal = await askFor(url, `http://${host}:${port}/a.png`);
      assert.deepEqual(refusal, [403, "IMAGE_HOST_REFUSED"], `${host} at ${address}`);
    }
  }
  // One bad address among good ones is enough.
  addresses = [
    { address: "93.184.216.34", family: 4 },
    { address: "127.0.0.1", family: 4 },
  ];
  const mixed = await askFor(url, `http://images.test:${port}/a.png`);
  assert.deepEqual(mixed, [403, "IMAGE_HOST_REFUSED"]);
  assert.equal(reached, 0);
});

test("only allowed hosts are asked, redirects included, within size and time", async (t) => {
  const png = Buffer.from(await encodePng(picture(1)));
  let target = "";
  const images = await listenWith(t, (incoming, response) => {
    const { url: path } = incoming;
    if (path === "/moved") response.writeHead(302, { location: target }).end();
    else if (path === "/large") response.end(Buffer.alloc(200_000));
    else if (path === "/endless")
      setInterval(() => response.write(Buffer.alloc(30_000)), 1).unref();
    else if (path === "/slow") response.flushHeaders();
    else if (path === "/missing") response.writeHead(404).end();
    else response.end(png);
  });
  const other = await listenWith(t, (_, response) => response.end(png));
  const host = new URL(images).host;
  const { url } = await startTiny(t, {
    llm: answeringModel(" a dog"),
    limits: { bytes: 100_000 },
    remoteImages: { hosts: [host, "*.example.com"], seconds: 0.3 },
  });
  assert.deepEqual(await askFor(url, `${images}/a.png`), [200, ""]);
  const refused = [403, "IMAGE_HOST_REFUSED"];
  assert.deepEqual(await askFor(url, `${other}/a.png`), refused);
  assert.deepEqual(await askFor(url, "http://2130706433/"), refused);
  assert.deepEqual(await askFor(url, "http://example.com/"), refused);
  assert.deepEqual(await askFor(url, "http://evil-example.com/"), refused);
  target = `${other}/a.png`;
  assert.deepEqual(await askFor(url, `${images}/moved`), refused);
  target = "file:///etc/passwd";
  assert.deepEqual(await askFor(url, `${images}/moved`), [400, "REQUEST_INVALID"]);
  target = "/a.png";
  assert.deepEqual(await askFor(url, `${images}/moved`), [200, ""]);
  target = "/moved";
  assert.deepEqual(await askFor(url, `${images}/moved`), [502, "IMAGE_UNREACHABLE"]);
  assert.deepEqual(await askFor(url, `${images}/large`), [413, "REQUEST_TOO_LARGE"]);
  assert.deepEqual(await askFor(url, `${images}/endless`), [413, "REQUEST_TOO_LARGE"]);
  assert.deepEqual(await askFor(url, `${images}/slow`), [502, "IMAGE_UNREACHABLE"]);
  assert.deepEqual(await askFor(url, `${images}/missing`), [502, "IMAGE_UNREACHABLE"]);
  const secret = images.replace("http://", "http://user:pass@");
  assert.deepEqual(await askFor(url, secret), [400, "REQUEST_INVALID"]);
});

/** A PNG of one-bit grey pixels. Its checksums are right, as the reader wants them. */
function pngOf(width: number, height: number, data: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(1, 8);
  const chunk = (type: string, body: Buffer) => {
    const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const magic = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([
    magic,
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
