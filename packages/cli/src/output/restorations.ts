import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import {
  atomicWriteFile,
  type Box,
  crop,
  type Image,
  type Panel,
  type Restoration,
  savePng,
  strip,
  tokenizerSquare,
  type V2L,
} from "v2l";
import { count } from "./format.js";

/** Keeps in a folder of results what they were made with. */
const FILE = "restoration.json";

/** What the results of a folder depend on, by name. */
export type RestorationConfig = Readonly<Record<string, unknown>>;

/**
 * Marks a folder as one of results of this configuration.
 * @throws V2LError RESUME_MISMATCH where it has results of another one.
 */
export async function claimFolder(folder: string, config: RestorationConfig): Promise<void> {
  const path = join(folder, FILE);
  const own = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
  const before = await readFile(path, "utf8").then(
    (text) => JSON.parse(text) as Record<string, unknown>,
    () => null,
  );
  if (before === null) return atomicWriteFile(path, `${JSON.stringify(own, null, 2)}\n`);
  const names = [...new Set([...Object.keys(own), ...Object.keys(before)])];
  const changed = names.filter(
    (name) => JSON.stringify(own[name]) !== JSON.stringify(before[name]),
  );
  if (changed.length === 0) return;
  const remedy = "Choose another folder, or remove this one to begin anew";
  throw new V2LError(
    "RESUME_MISMATCH",
    expected(
      "a folder of results of these options",
      "--out",
      `another ${changed.join(", ")}`,
      remedy,
    ),
  );
}

/** What is known of an image beside its restoration. */
interface Known {
  readonly v2l: V2L;
  /** As it was given. */
  readonly image: Image;
  /** The clean square, where it was damaged before. */
  readonly original: Image | null;
  /** The part of the square that was asked for, 0 to 1; null: all of it. */
  readonly share: Box | null;
}

/** Writes the strip, if any, and then the picture: where the picture is, all is. */
export async function savePictures(
  { picture, strip: path }: { readonly picture: string; readonly strip?: string },
  restoration: Restoration,
  { v2l, image, original, share }: Known,
): Promise<void> {
  const { restored } = restoration;
  if (path !== undefined) {
    const { image: sizes, clip } = v2l.manifest;
    const input = tokenizerSquare(image, sizes.size, clip.preprocess);
    await savePng(path, await strip(panels(restoration, input, original)));
  }
  await savePng(picture, share === null ? restored : crop(restored, pixelBox(share, restored)));
}

function panels(restoration: Restoration, input: Image, clean: Image | null): Panel[] {
  const { degraded, restored } = restoration;
  const original = restoration.original ?? clean;
  return [
    ...(original === null ? [{ image: input, caption: "input" }] : []),
    { image: degraded, caption: "degraded" },
    { image: restored, caption: "restored" },
    ...(original === null ? [] : [{ image: original, caption: "original" }]),
  ];
}

function pixelBox({ left, top, width, height }: Box, image: Image): Box {
  const [x, y] = [Math.round(left * image.width), Math.round(top * image.height)];
  const right = Math.round((left + width) * image.width);
  const bottom = Math.round((top + height) * image.height);
  return { left: x, top: y, width: right - x, height: bottom - y };
}

/** Tokens and log-probabilities for --json; null for cells that the model did not write. */
export function restorationJson(v2l: V2L, { task, protocol, tokens, logProbs }: Restoration) {
  return {
    task,
    protocol,
    ...v2l.tokensToJson(tokens),
    logProbs: Array.from(logProbs, (one) => (Number.isNaN(one) ? null : one)),
  };
}

/** `64 tokens, log-probability -1.23 each`. */
export function restorationLine({ logProbs }: Restoration): string {
  const written = [...logProbs].filter((one) => !Number.isNaN(one));
  const mean = written.reduce((sum, one) => sum + one, 0) / written.length;
  return `${count(written.length, "token")}, log-probability ${mean.toFixed(2)} each`;
}
