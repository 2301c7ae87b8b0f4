import { expected, V2LError } from "@v2l/nn";
import type { ImageFolder } from "./image-folder.js";
import { EntryReader, listError, readJsonLists } from "./json-lists.js";

/** An image with what people wrote about it. */
export interface CaptionedFile {
  /** Path of the image. */
  readonly image: string;
  /** At least one. */
  readonly captions: readonly string[];
  /** `train`, `val` or `test`, where the file tells; null where it does not. */
  readonly split: string | null;
}

export interface CaptionDataset {
  /** In the order of the file. */
  readonly images: readonly CaptionedFile[];
  /** How many more the file describes that are not in the folder. */
  readonly missing: number;
}

interface Described {
  readonly name: string;
  readonly captions: string[];
  readonly split: string | null;
}

/**
 * Reads captions of images from JSON, of one of two forms:
 *
 * - COCO's (`captions_val2014.json`): lists `images` with `id` and `file_name`, and `annotations` with
 *   `image_id` and `caption`;
 * - Karpathy's (`dataset_coco.json`, `dataset_flickr30k.json`): a list `images` with `filename`, perhaps
 *   `filepath`, `split`, and `sentences` with `raw`. Its split `restval` counts as `train`.
 *
 * @param folder where the images are
 * @returns the images that have captions and lie in the folder
 * @throws V2LError FILE_NOT_FOUND where the file, or every image of it, is missing; INVALID_ARGUMENT naming the
 * entry
 */
export async function readCaptions(path: string, folder: ImageFolder): Promise<CaptionDataset> {
  const images: Described[] = [];
  const byId = new Map<number, Described>();
  const written: { readonly id: number; readonly caption: string }[] = [];
  const counts = await readJsonLists(path, ["images", "annotations"], (entry) => {
    const read = new EntryReader(path, entry);
    if (entry.list === "annotations") {
      written.push({ id: read.id("image_id"), caption: read.text("caption") });
    } else if (entry.fields.sentences !== undefined) {
      images.push(karpathyImage(read));
    } else {
      const image = { name: read.text("file_name"), captions: [], split: null };
      images.push(image);
      byId.set(read.id("id"), image);
    }
  });
  if (images.length === 0) throw listError(path, "images");
  if (byId.size > 0 && !counts.has("annotations")) throw listError(path, "annotations");
  for (const { id, caption } of written) byId.get(id)?.captions.push(caption);
  return inFolder(images, folder, path);
}

function karpathyImage(read: EntryReader): Described {
  const split = read.textOr("split", "");
  const folder = read.textOr("filepath", "");
  const file = read.text("filename");
  return {
    name: folder === "" ? file : `${folder}/${file}`,
    captions: read.texts("sentences", "raw"),
    split: split === "restval" ? "train" : split || null,
  };
}

function inFolder(images: readonly Described[], folder: ImageFolder, path: string): CaptionDataset {
  const described = images.filter(({ captions }) => captions.length > 0);
  const [first] = described;
  if (first === undefined) {
    throw new V2LError("INVALID_ARGUMENT", expected("at least one captioned image", path, "none"));
  }
  const found = described.flatMap(({ name, captions, split }) => {
    const image = folder.named(name);
    return image === null ? [] : [{ image, captions, split }];
  });
  if (found.length === 0) throw folder.missing(first.name);
  return { images: found, missing: described.length - found.length };
}
