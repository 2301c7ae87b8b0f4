// Builds the page where anything that it is made of is newer than the page.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const studio = fileURLToPath(new URL("..", import.meta.url));
const root = join(studio, "..", "..");
const page = join(root, "packages", "server", "public", "index.html");

const sources = [
  ...["index.html", "vite.config.ts", "src", "public", "scripts"].map((name) => join(studio, name)),
  join(root, "packages", "components", "src", "components.css"),
  ...["components", "nn", "onnx", "v2l"].map((name) => join(root, "packages", name, "dist", "src")),
  join(root, "package-lock.json"),
];

/** When the newest file of a folder was changed, or a file. */
function changed(path) {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => changed(join(path, name))));
}

if (!existsSync(page) || Math.max(...sources.map(changed)) > statSync(page).mtimeMs) {
  await build({ root: studio, logLevel: "warn" });
}
