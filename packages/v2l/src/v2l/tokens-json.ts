import { expected, V2LError } from "@v2l/nn";
import type { GlobalToken, ImageTokens } from "./tokens.js";

const FORMAT = "v2l-tokens";
const VERSION = 1;

/** What tokens must fit: the sizes of a bundle. Ids mean nothing under another codebook. */
export interface TokenSpace {
  /** Name of the bundle. Told in the file; another name with equal sizes is accepted. */
  readonly bundle: string;
  readonly grid: { readonly height: number; readonly width: number };
  /** Rows of the local and of the global codebook. */
  readonly codebooks: { readonly local: number; readonly global: number };
}

/** {@link ImageTokens} as a JSON document, version 1. */
export interface TokensJson extends TokenSpace {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly globalTokens: readonly GlobalToken[];
  readonly localTokens: {
    /** Ids, row by row. */
    readonly grid: readonly number[];
    readonly pieces: readonly string[];
  };
}

/** The tokens as a plain value for `JSON.stringify`. */
export function tokensToJson(tokens: ImageTokens, space: TokenSpace): TokensJson {
  const { grid, pieces } = tokens.localTokens;
  return {
    format: FORMAT,
    version: VERSION,
    bundle: space.bundle,
    grid: { height: space.grid.height, width: space.grid.width },
    codebooks: { local: space.codebooks.local, global: space.codebooks.global },
    globalTokens: tokens.globalTokens,
    localTokens: { grid: [...grid], pieces },
  };
}

/**
 * Reads tokens back.
 * @param json the document as text or already parsed
 * @throws V2LError INVALID_ARGUMENT when it is not such a document, when its grid or codebooks are not
 *   those of `space`, or when an id lies outside its codebook
 */
export function parseTokens(json: unknown, space: TokenSpace): ImageTokens {
  const root = record(typeof json === "string" ? parse(json) : json, "tokens");
  if (root.format !== FORMAT) fail(`"${FORMAT}"`, "format", root.format);
  if (root.version !== VERSION) {
    fail(`version ${VERSION}`, "version", root.version, "Update v2l, or encode the image again");
  }
  checkSpace(root, space);
  const { height, width } = space.grid;
  const local = record(root.localTokens, "localTokens");
  const ids = list(local.grid, "localTokens.grid", height * width);
  const pieces = list(local.pieces, "localTokens.pieces", height * width);
  const words = list(root.globalTokens, "globalTokens");
  return {
    globalTokens: words.map((word, i) => globalToken(word, `globalTokens[${i}]`, space)),
    localTokens: {
      grid: Int32Array.from(ids, (id, i) => {
        return tokenId(id, `localTokens.grid[${i}]`, space.codebooks.local);
      }),
      height,
      width,
      pieces: pieces.map((piece, i) => text(piece, `localTokens.pieces[${i}]`)),
    },
  };
}

/**
 * Checks that `id` is a row of a codebook of `size` rows.
 * @throws V2LError INVALID_ARGUMENT.
 */
export function tokenId(id: unknown, name: string, size: number): number {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < size) return id;
  return fail(`a whole number from 0 to ${size - 1}`, name, id);
}

function checkSpace(root: Record<string, unknown>, space: TokenSpace): void {
  const grid = record(root.grid, "grid");
  const codebooks = record(root.codebooks, "codebooks");
  const remedy = `These tokens were made with the bundle ${JSON.stringify(root.bundle)}, this one is ${JSON.stringify(space.bundle)}: load that bundle, or encode the image again`;
  const { height, width } = space.grid;
  if (grid.height !== height || grid.width !== width) {
    fail(`a ${height}x${width} grid`, "grid", `${grid.height}x${grid.width}`, remedy);
  }
  for (const kind of ["local", "global"] as const) {
    const size = space.codebooks[kind];
    if (codebooks[kind] !== size) {
      fail(`${size} entries`, `codebooks.${kind}`, codebooks[kind], remedy);
    }
  }
}

function globalToken(value: unknown, name: string, space: TokenSpace): GlobalToken {
  const { id, word, similarity, distance } = record(value, name);
  return {
    id: tokenId(id, `${name}.id`, space.codebooks.global),
    word: text(word, `${name}.word`),
    similarity: finite(similarity, `${name}.similarity`),
    distance: finite(distance, `${name}.distance`),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    const message = expected("a JSON document of tokens", "tokens", "other text");
    throw new V2LError("INVALID_ARGUMENT", message, { cause });
  }
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  return fail("an object", name, value);
}

function list(value: unknown, name: string, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) return fail("a list", name, value);
  if (length !== undefined && value.length !== length) {
    return fail(`${length} entries`, name, `${value.length} entries`);
  }
  return value;
}

function text(value: unknown, name: string): string {
  return typeof value === "string" ? value : fail("a text", name, value);
}

function finite(value: unknown, name: string): number {
  return typeof value === "number" ? value : fail("a number", name, value);
}

function fail(what: string, name: string, received: unknown, remedy?: string): never {
  const shown = received === undefined ? "nothing" : received;
  throw new V2LError("INVALID_ARGUMENT", expected(what, name, shown, remedy));
}
