// Builds the addon with cmake-js. Nothing is downloaded: the Node-API headers are an npm package.
// --if-available  without libtorch (or cmake) say so in one line and exit 0
// --force         rebuild although nothing changed
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findLibtorch, REMEDIES } from "./find-libtorch.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const addon = join(root, "build/Release/v2l_torch.node");
const stampFile = join(root, "build/stamp");
const optional = process.argv.includes("--if-available");

/** Everything the binary depends on. */
function stamp(libtorch) {
  const hash = createHash("sha256").update(JSON.stringify(libtorch));
  for (const file of readdirSync(join(root, "native")).sort()) {
    hash.update(file).update(readFileSync(join(root, "native", file)));
  }
  return hash.update(readFileSync(join(root, "CMakeLists.txt"))).digest("hex");
}

function upToDate(expected) {
  return existsSync(addon) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === expected;
}

function build(libtorch) {
  const cmakeJs = createRequire(import.meta.url).resolve("cmake-js/bin/cmake-js");
  const defines = {
    TORCH_INCLUDE: libtorch.include,
    TORCH_LIB: libtorch.lib,
    TORCH_CXX11_ABI: libtorch.cxx11Abi,
  };
  const result = spawnSync(
    process.execPath,
    [
      cmakeJs,
      "rebuild",
      `--directory=${root}`,
      `--out=${join(root, "build")}`,
      ...Object.entries(defines).map(([name, value]) => `--CD${name}=${value}`),
    ],
    { cwd: root, encoding: "utf8" },
  );
  if (result.status === 0) return;
  throw new Error(`The build against ${libtorch.source} failed\n${result.stdout}${result.stderr}`);
}

/** Says what is missing; with --if-available that is no failure. */
function missing(what, remedies) {
  if (optional) {
    console.log(`@v2l/torch: not built, ${what} not found. Remedy: ${remedies[0]}`);
    return;
  }
  const list = remedies.map((remedy, index) => `  ${index + 1}. ${remedy}`).join("\n");
  throw new Error(`Expected ${what} but found none. Remedies, in order:\n${list}`);
}

function main() {
  const libtorch = findLibtorch();
  if (libtorch === null) return missing("libtorch", REMEDIES);
  const expected = stamp(libtorch);
  if (!process.argv.includes("--force") && upToDate(expected)) return;
  if (spawnSync("cmake", ["--version"]).status !== 0) {
    return missing("cmake", ["apt-get install cmake g++ make"]);
  }
  build(libtorch);
  writeFileSync(stampFile, expected);
  console.log(`@v2l/torch: built for libtorch ${libtorch.version} (${libtorch.source})`);
}

try {
  main();
} catch (error) {
  console.error(`@v2l/torch: ${error.message}`);
  process.exitCode = 1;
}
