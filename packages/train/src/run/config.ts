import { expected, V2LError } from "@v2l/nn";

/** A JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** `T` with every field optional, at every depth. Arrays are replaced as a whole. */
export type Partially<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Partially<T[K]> }
    : T;

/**
 * `defaults` with the given fields replaced. The defaults are the schema: a field they do not have, or
 * a value of another type, is refused by name. A default of null accepts a string or a number.
 * @throws V2LError INVALID_ARGUMENT
 */
export function mergeConfig<T>(defaults: T, overrides: Partially<NoInfer<T>>, name = "config"): T {
  return merge(defaults as Json, overrides as Json, name) as T;
}

function merge(base: Json, override: Json | undefined, path: string): Json {
  if (override === undefined) return base;
  if (isObject(base)) {
    if (!isObject(override)) throw wrong("an object", path, override);
    const merged: Record<string, Json> = { ...base };
    for (const [key, value] of Object.entries(override)) {
      if (!(key in base)) {
        throw wrong(`one of ${Object.keys(base).join(", ")}`, `a field of ${path}`, key);
      }
      merged[key] = merge(base[key] as Json, value, `${path}.${key}`);
    }
    return merged;
  }
  if (base === null || override === null) return override;
  const wanted = kindOf(base);
  if (kindOf(override) !== wanted) throw wrong(`a value of type ${wanted}`, path, override);
  return override;
}

/** The names of the fields in which two configurations differ, e.g. `schedule.lr`. */
export function changedFields(a: Json, b: Json, path = ""): string[] {
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) =>
      changedFields(a[key] ?? null, b[key] ?? null, path === "" ? key : `${path}.${key}`),
    );
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [path];
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: Json): string {
  return Array.isArray(value) ? "array" : typeof value;
}

function wrong(what: string, name: string, received: unknown): V2LError {
  return new V2LError("INVALID_ARGUMENT", expected(what, name, received));
}
