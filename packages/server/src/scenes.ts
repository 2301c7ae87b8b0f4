import { readFile } from "node:fs/promises";
import type { Scene } from "./contract/index.js";
import { ServerError } from "./errors.js";

const FOLDER = new URL("../../assets/scenes/", import.meta.url);

/** The pictures that come with the server. */
export class Scenes {
  readonly #pictures: ReadonlyMap<string, Uint8Array>;

  private constructor(
    readonly list: readonly Scene[],
    pictures: ReadonlyMap<string, Uint8Array>,
  ) {
    this.#pictures = pictures;
  }

  static async read(): Promise<Scenes> {
    const text = await readFile(new URL("scenes.json", FOLDER), "utf8");
    const scenes = JSON.parse(text) as Omit<Scene, "picture">[];
    const pictures = await Promise.all(
      scenes.map(async ({ name }) => {
        return [name, await readFile(new URL(`${name}.png`, FOLDER))] as const;
      }),
    );
    const list = scenes.map((scene) => ({ ...scene, picture: `/api/scenes/${scene.name}` }));
    return new Scenes(list, new Map(pictures));
  }

  /** A scene's PNG. @throws ServerError NOT_FOUND */
  picture(name: string): Uint8Array {
    const picture = this.#pictures.get(name);
    if (picture) return picture;
    const names = [...this.#pictures.keys()].join(", ");
    const message = `Expected a scene (${names}) but received ${JSON.stringify(name.slice(0, 80))}`;
    throw new ServerError("NOT_FOUND", message, { param: "image" });
  }
}
