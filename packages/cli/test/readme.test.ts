import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { demoBundlePath } from "v2l";
import { isGroup } from "../src/command/command.js";
import { COMMANDS } from "../src/commands/index.js";
import { picture, temporaryFolder } from "./support.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

const skip = demoBundlePath() === null ? "this checkout has no demo bundle (models/demo)" : false;

test("the README's library example runs as it stands", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  assert.ok(code);
  writeFileSync(join(folder, "example.mjs"), code);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  await picture(join(folder, "scene.png"), 1, 128, 128);
  const output = execFileSync(process.execPath, ["example.mjs"], { cwd: folder, encoding: "utf8" });
  const [words, cells] = output.trimEnd().split("\n");
  assert.equal(words?.split(", ").length, 5);
  assert.equal(cells, "256 cells");
  const { width, height } = await sharp(join(folder, "again.png")).metadata();
  assert.deepEqual([width, height], [128, 128]);
});

test("every command that the README runs exists", () => {
  const known = COMMANDS.flatMap((entry) =>
    isGroup(entry) ? entry.commands.map(({ name }) => `${entry.name} ${name}`) : [entry.name],
  );
  const lines = readme.match(/^npx v2l .+$/gm) ?? [];
  assert.ok(lines.length > 3);
  for (const line of lines) {
    const words = line.replace("npx v2l ", "").split(" ");
    const found = known.some((name) => words.slice(0, name.split(" ").length).join(" ") === name);
    assert.ok(found, line);
  }
});

test("files that the README links to are there", () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path as string);
  assert.ok(links.length > 5);
  for (const link of links) assert.ok(existsSync(join(root, link)), link);
});
