import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type ImageReading, Journal, locateWords, type V2L } from "v2l";
import type { ReadScenesOptions } from "../read-scenes.js";

/** What the bundle makes of an image file. */
export interface FileReading extends ImageReading {
  /** CLIP's embedding, of unit length. */
  readonly embedding: Float32Array;
}

/** A line of the journal. */
interface ReadingEntry {
  readonly file: string;
  readonly words: readonly string[];
  readonly places: readonly string[];
  /** The embedding's float32 values in base64. */
  readonly embedding: string;
}

/** Pictures that go through CLIP at once. */
const BATCH = 32;

/**
 * Reads image files once: what is known stays in a journal, so that a stopped evaluation, or another one of
 * the same images by the same bundle, goes on from there. A file of another size or time is another file.
 */
export class ImageReader {
  private readonly journal: Journal<ReadingEntry>;
  private readonly known: Map<string, ReadingEntry>;

  constructor(
    private readonly v2l: V2L,
    private readonly options: ReadScenesOptions,
    /** Words of parts, with their places, of each image. */
    private readonly places = 0,
  ) {
    const { manifestSha256, codebooks } = v2l.manifest;
    const identity = { images: 1, bundle: manifestSha256, words: codebooks.global.words, places };
    this.journal = Journal.open<ReadingEntry>(options.cache, "read-images", identity);
    this.known = new Map(this.journal.entries.map((entry) => [entry.file, entry]));
  }

  /**
   * @param what progress calls it
   * @returns what is read of each file, by the paths as they were given
   * @throws V2LError what `V2L.embedImage` throws
   */
  async read(files: readonly string[], what: string): Promise<Map<string, FileReading>> {
    const { signal, onEvent } = this.options;
    const paths = [...new Set(files)];
    const names = new Map<string, string>();
    for (const path of paths) names.set(path, await identityOf(path));
    const missing = paths.filter((path) => !this.known.has(names.get(path) as string));
    for (let first = 0; first < missing.length; first += BATCH) {
      signal?.throwIfAborted();
      const batch = missing.slice(first, first + BATCH);
      await this.add(batch, (path) => names.get(path) as string);
      onEvent?.({ type: "prepare", what, done: first + batch.length, total: missing.length });
    }
    return new Map(
      paths.map((path) => [
        path,
        reading(this.known.get(names.get(path) as string) as ReadingEntry),
      ]),
    );
  }

  /** The entries with the words of their images. @param what progress calls it */
  async describe<T extends { readonly image: string }>(
    entries: readonly T[],
    what: string,
  ): Promise<(T & ImageReading)[]> {
    const readings = await this.read(
      entries.map(({ image }) => image),
      what,
    );
    return entries.map((entry) => {
      const { words, places } = readings.get(entry.image) as FileReading;
      return { ...entry, words, places };
    });
  }

  private async add(paths: readonly string[], name: (path: string) => string): Promise<void> {
    const embeddings = await this.v2l.embedImage(paths, { batchSize: BATCH });
    const words = await this.v2l.nearestWords(embeddings);
    const placed = await locateWords(this.v2l, paths, { batchSize: BATCH, places: this.places });
    const entries = paths.map((path, i) => ({
      file: name(path),
      words: (words[i] ?? []).map(({ word }) => word),
      places: placed[i] as readonly string[],
      embedding: base64(embeddings[i] as Float32Array),
    }));
    this.journal.add(...entries);
    for (const entry of entries) this.known.set(entry.file, entry);
  }
}

async function identityOf(path: string): Promise<string> {
  // A file that is not there is an error of whoever opens it.
  const found = await stat(path).catch(() => null);
  return `${resolve(path)} ${found?.size ?? ""} ${found?.mtimeMs ?? ""}`;
}

function reading({ words, places, embedding }: ReadingEntry): FileReading {
  const bytes = Uint8Array.from(Buffer.from(embedding, "base64"));
  return { words, places, embedding: new Float32Array(bytes.buffer) };
}

function base64(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}
