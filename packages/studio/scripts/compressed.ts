import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(html|js|css|svg|mjs)$/;
const CODE = /\.wasm$/;
/** Smaller files gain nothing. */
const LEAST = 1024;

/** Writes compressed files beside what was built, for the server to send. */
export function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir = "" }) {
      const names = await readdir(dir, { recursive: true });
      await Promise.all(names.map((name) => compress(join(dir, name))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const text = TEXT.test(file);
  if (!text && !CODE.test(file)) return;
  if ((await stat(file)).size < LEAST) return;
  const content = await readFile(file);
  // The highest quality would take minutes for WebAssembly.
  const quality = text ? 11 : 5;
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, { params }));
  // Browsers take Brotli over TLS and from loopback only.
  if (text) await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
}
