// Builds the addon with cmake-js. Nothing is downloaded: the Node-API headers are an npm package.
// --if-available  without libtorch (or a compiler) say so in one line and exit 0
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

function missing(reason, remedies) {
  if (optional) {
    console.log(`@v2l/torch: not built, ${reason}. Remedy: ${remedies[0]}`);
    return;
  }
  const list = remedies.map((remedy, index) => `  ${index + 1}. ${remedy}`).join("\n");
  console.error(`Expected ${reason.replace(/^no /, "")} but found none. Remedies:\n${list}`);
  process.exitCode = 1;
}

function hasCmake() {
  return spawnSync("cmake", ["--version"]).status === 0;
}

const libtorch = findLibtorch();
if (libtorch === null) {
  missing("no libtorch", REMEDIES);
} else if (!hasCmake()) {
  missing("no cmake", ["apt-get install cmake g++ make"]);
} else {
  const expected = stamp(libtorch);
  if (process.argv.includes("--force") || !upToDate(expected)) {
    build(libtorch);
    writeFileSync(stampFile, expected);
    console.log(`@v2l/torch: built for libtorch ${libtorch.version} (${libtorch.source})`);
  }
}
