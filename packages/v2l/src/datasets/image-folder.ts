import { extname, relative, sep } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { pictureFiles } from "../codebook/images.js";

/** The pictures below a folder, found by what annotations call them. */
export class ImageFolder {
  /** By the last parts of their paths, and by the number that the names of COCO end with. */
  private constructor(
    readonly path: string,
    private readonly byPath: ReadonlyMap<string, string>,
    private readonly byNumber: ReadonlyMap<number, string>,
  ) {}

  /**
   * @param name of the option that gives the folder, for messages
   * @throws V2LError FILE_NOT_FOUND where the folder is missing or holds no picture
   */
  static async open(path: string, name = "data"): Promise<ImageFolder> {
    const byPath = new Map<string, string>();
    const byNumber = new Map<number, string>();
    for (const file of await pictureFiles(path, name)) {
      const parts = relative(path, file).split(sep);
      for (const [i] of parts.entries()) byPath.set(parts.slice(i).join("/"), file);
      const digits = /\d+$/.exec(parts.at(-1)?.slice(0, -extname(file).length) ?? "")?.[0];
      if (digits !== undefined) byNumber.set(Number(digits), file);
    }
    return new ImageFolder(path, byPath, byNumber);
  }

  /**
   * The picture that annotations name by its file.
   * @param name a path, of which the folder may already be a part: `val2014/a.jpg` in a folder `val2014`
   * @returns null where there is none
   */
  named(name: string): string | null {
    const parts = name.split("/");
    const tails = parts.map((_, i) => parts.slice(i).join("/"));
    return tails.map((tail) => this.byPath.get(tail)).find((file) => file !== undefined) ?? null;
  }

  /** The picture whose file's name ends with a number: 42 is `COCO_val2014_000000000042.jpg`. */
  numbered(id: number): string | null {
    return this.byNumber.get(id) ?? null;
  }

  /** An error that says that a picture is not here. */
  missing(name: string): V2LError {
    const remedy = "Name the folder with the images that the annotations are about";
    return new V2LError("FILE_NOT_FOUND", expected(`the image ${name}`, this.path, "none", remedy));
  }
}
