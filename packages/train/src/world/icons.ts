import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expected, V2LError } from "@v2l/nn";

const require = createRequire(import.meta.url);

/** The styles that models may see while they train. */
export const TRAIN_STYLES = ["fluent-emoji-flat", "noto", "twemoji"] as const;
/** Styles held out: no model that sees pixels trains on them. The second is line art. */
export const HELD_OUT_STYLES = ["emojione", "fluent-emoji-high-contrast"] as const;
/** All styles; each is the name of an Iconify package, `@iconify-json/<style>`. */
export const STYLES = [...TRAIN_STYLES, ...HELD_OUT_STYLES] as const;
export type Style = (typeof STYLES)[number];

/** The style that draws black outlines only, and therefore needs a light background. */
export const LINE_ART: Style = "fluent-emoji-high-contrast";

interface Icon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

/** One Iconify package: the part of `icons.json` that is used here. */
export interface IconSet {
  readonly version: string;
  readonly width?: number;
  readonly height?: number;
  readonly icons: Readonly<Record<string, Icon>>;
  readonly aliases?: Readonly<Record<string, { readonly parent: string }>>;
}

/** Reads the Iconify package of a style. */
export function iconSet(style: Style): IconSet {
  const base = `@iconify-json/${style}`;
  const set = readPackageJson<Omit<IconSet, "version">>(`${base}/icons.json`);
  return { ...set, version: packageVersion(base) };
}

/**
 * The SVG document of an icon, `pixels` wide and high (aspect ratio kept).
 * @throws V2LError INVALID_ARGUMENT where the set has no such icon.
 */
export function iconSvg(set: IconSet, name: string, pixels: number): string {
  let key = name;
  for (let alias = set.aliases?.[key]; alias; alias = set.aliases?.[key]) key = alias.parent;
  const icon = set.icons[key];
  if (!icon) throw new V2LError("INVALID_ARGUMENT", expected("an icon of the set", "name", name));
  const box = [icon.left ?? 0, icon.top ?? 0, icon.width ?? set.width, icon.height ?? set.height];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `viewBox="${box.map((value) => value ?? 16).join(" ")}" width="${pixels}" height="${pixels}">` +
    `${icon.body}</svg>`
  );
}

/** Parses a JSON file inside an installed package. */
export function readPackageJson<T>(specifier: string): T {
  return JSON.parse(readFileSync(require.resolve(specifier), "utf8")) as T;
}

/** The version of an installed package. */
export function packageVersion(name: string): string {
  return readPackageJson<{ version: string }>(`${name}/package.json`).version;
}
