// Packs the published packages, installs them in a folder of a consumer, and uses them there.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "v2l-pack-"));

function run(command, words, cwd) {
  return execFileSync(command, words, { cwd, encoding: "utf8" });
}

/** The manifests of the packages that are published. */
function published() {
  return readdirSync(join(root, "packages"))
    .map((name) => JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8")))
    .filter((manifest) => !manifest.private);
}

try {
  const manifests = published();
  const workspaces = manifests.flatMap(({ name }) => ["--workspace", name]);
  const packed = run("npm", ["pack", "--json", "--pack-destination", folder, ...workspaces], root);
  const consumer = join(folder, "consumer");
  mkdirSync(consumer);
  const dependencies = Object.fromEntries(
    Object.values(JSON.parse(packed)).map(({ name, filename }) => [name, `file:../${filename}`]),
  );
  const manifest = { name: "consumer", private: true, type: "module", dependencies };
  writeFileSync(join(consumer, "package.json"), JSON.stringify(manifest));
  run("npm", ["install", "--ignore-scripts", "--prefer-offline"], consumer);
  const libraries = manifests.filter((each) => each.exports).map(({ name }) => name);
  for (const name of libraries) {
    run(process.execPath, ["-e", `await import("${name}")`, "--input-type=module"], consumer);
  }
  const page = `
    const { STUDIO_FOLDER } = await import("@v2l/server");
    (await import("node:fs")).accessSync(STUDIO_FOLDER + "/index.html");`;
  run(process.execPath, ["-e", page, "--input-type=module"], consumer);
  const command = join(consumer, "node_modules/.bin/v2l");
  const version = run(command, ["--version"], consumer).trim();
  console.log(`${libraries.join(", ")} import, the page is packed; v2l ${version} runs`);
  if (existsSync(join(root, "models/demo/v2l.json")))
    console.log(run(command, ["doctor"], consumer));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
