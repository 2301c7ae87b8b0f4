import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { atomicFolder, atomicWrite, atomicWriteFile } from "../src/index.js";
import { temporaryFolder } from "./temporary-folder.js";

const library = new URL("../src/index.js", import.meta.url).href;

/** Runs a module that ends its own process in the middle of a write. */
function runAndEnd(body: string): void {
  const source = `import * as v2l from ${JSON.stringify(library)};
    import { writeFileSync } from "node:fs";
    ${body}`;
  spawnSync(process.execPath, ["--input-type=module", "-e", source], { stdio: "ignore" });
}

test("a failed write keeps the old content and leaves nothing else", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "a.txt");
  await atomicWriteFile(path, "old");
  await assert.rejects(
    atomicWrite(path, async (file) => {
      await file.writeFile("ne");
      throw new Error("disk full");
    }),
    /disk full/,
  );
  assert.equal(await readFile(path, "utf8"), "old");
  assert.deepEqual(await readdir(folder), ["a.txt"]);
});

test("a killed write keeps the old folder, and the next write clears up", async (t) => {
  const parent = temporaryFolder(t);
  const path = join(parent, "out");
  await atomicFolder(path, (folder) => writeFile(join(folder, "old"), ""));
  runAndEnd(`await v2l.atomicFolder(${JSON.stringify(path)}, async (folder) => {
    writeFileSync(folder + "/new", "");
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => setTimeout(() => {}, 10000));
  }, { overwrite: true });`);
  assert.deepEqual(await readdir(path), ["old"]);
  assert.equal((await readdir(parent)).length, 2);
  await atomicFolder(path, (folder) => writeFile(join(folder, "newer"), ""), { overwrite: true });
  assert.deepEqual(await readdir(parent), ["out"]);
  assert.deepEqual(await readdir(path), ["newer"]);
});

test("a process that exits in the middle of a write leaves nothing", async (t) => {
  const parent = temporaryFolder(t);
  const marker = join(temporaryFolder(t), "marker");
  runAndEnd(`await v2l.atomicFolder(${JSON.stringify(join(parent, "out"))}, async (folder) => {
    writeFileSync(folder + "/new", "");
    writeFileSync(${JSON.stringify(marker)}, "");
    process.exit(130);
  });`);
  assert.ok(existsSync(marker));
  assert.deepEqual(await readdir(parent), []);
});
