// Runs every compiled test with Node's test runner. Arguments narrow it to files whose path contains one of them.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = process.argv.slice(2);
const files = [
  ...readdirSync(join(root, "packages")).map((name) => join("packages", name)),
  "bench",
  join("examples", "browser"),
]
  .map((folder) => join(root, folder, "dist", "test"))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, file)))
  .filter((file) => file.endsWith(".test.js"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
const result = spawnSync(process.execPath, ["--test", "--test-concurrency=2", ...files], {
  stdio: "inherit",
  cwd: root,
});
process.exit(result.status ?? 1);
