import { basename, extname, join } from "node:path";
import { UsageError } from "../command/errors.js";

/**
 * Where the picture of each source goes: a path that ends in .png is a file, for one source only;
 * any other is a folder with one PNG for each, named after its source. Equal names are numbered.
 * @throws UsageError where several pictures would go into one file.
 */
export function pictureFiles(out: string, option: string, sources: readonly string[]): string[] {
  if (extname(out).toLowerCase() === ".png") {
    if (sources.length === 1) return [out];
    throw new UsageError(
      `Expected a folder for \`${option}\` but received ${out}. ${sources.length} pictures need a folder`,
    );
  }
  return pictureNames(sources).map((name) => join(out, name));
}

/** Different file names, `photo.png` for `albums/photo.jpg`. */
export function pictureNames(sources: readonly string[]): string[] {
  const used = new Set<string>();
  return sources.map((source) => {
    const stem = basename(source, extname(source));
    let name = `${stem}.png`;
    for (let n = 2; used.has(name); n++) name = `${stem}-${n}.png`;
    used.add(name);
    return name;
  });
}
