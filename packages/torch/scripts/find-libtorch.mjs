// Finds a libtorch to build against. First hit wins:
// 1. LIBTORCH, a folder with include/ and lib/   2. the Python that has torch   3. the system.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const REMEDIES = [
  "apt-get install libtorch-dev libopenblas0-pthread (Debian, Ubuntu)",
  "install PyTorch for the python3 on the PATH (pip install torch)",
  "unpack libtorch from pytorch.org and set LIBTORCH to its folder",
];

/**
 * @typedef {{ source: string, include: string, lib: string, version: string, cxx11Abi: 0 | 1 }} Libtorch
 * @returns {Libtorch | null}
 */
export function findLibtorch() {
  const explicit = process.env.LIBTORCH;
  if (explicit) {
    const found = describe("LIBTORCH", join(explicit, "include"), join(explicit, "lib"));
    if (!found) {
      throw new Error(
        `Expected a libtorch folder with include/ and lib/ for LIBTORCH but received ${explicit}`,
      );
    }
    return found;
  }
  return fromPython() ?? fromSystem();
}

function fromPython() {
  for (const python of [process.env.PYTHON, "python3", "python"].filter(Boolean)) {
    const script =
      "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])";
    const { status, stdout } = spawnSync(python, ["-c", script], {
      cwd: tmpdir(),
      encoding: "utf8",
    });
    if (status !== 0) continue;
    const folder = stdout.trim();
    const found = describe(python, join(folder, "include"), join(folder, "lib"));
    if (found) return found;
  }
  return null;
}

function fromSystem() {
  const triples = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  const libs = ["/usr/local/lib", ...triples.map((triple) => join("/usr/lib", triple))];
  for (const lib of libs) {
    const include = lib === "/usr/local/lib" ? "/usr/local/include" : "/usr/include";
    const found = existsSync(join(lib, "cmake/Torch")) && describe("system", include, lib);
    if (found) return found;
  }
  return null;
}

function describe(source, include, lib) {
  const library = ["libtorch.so", "libtorch.dylib", "torch.lib"].some((name) =>
    existsSync(join(lib, name)),
  );
  const version = versionOf(include);
  if (!library || version === null) return null;
  return { source, include, lib, version, cxx11Abi: oldAbi(lib) ? 0 : 1 };
}

/** "2.6.0", or null where there are no headers of libtorch. */
function versionOf(include) {
  // Since 2.10 the first of them only includes the second.
  const headers = ["torch/csrc/api/include/torch/version.h", "torch/headeronly/version.h"];
  const text = headers
    .map((header) => join(include, header))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const parts = ["MAJOR", "MINOR", "PATCH"].map(
    (part) => new RegExp(`define TORCH_VERSION_${part} (\\d+)`).exec(text)?.[1],
  );
  return parts.every((part) => part !== undefined) ? parts.join(".") : null;
}

/** Whether this libtorch was compiled with the std::string of before GCC 5. */
function oldAbi(lib) {
  const configs = [
    join(lib, "../share/cmake/Torch/TorchConfig.cmake"),
    join(lib, "cmake/Torch/TorchConfig.cmake"),
  ];
  return configs.some(
    (path) => existsSync(path) && readFileSync(path, "utf8").includes("_GLIBCXX_USE_CXX11_ABI=0"),
  );
}
