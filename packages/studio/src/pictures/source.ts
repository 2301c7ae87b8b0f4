import type { Scene } from "@v2l/server";
import { toDataUrl } from "./data-url.js";

/** A picture that was given to the page. */
export interface Source {
  /** A file's name may hold anything: show it as text only. */
  readonly name: string;
  readonly blob: Blob;
  /** The picture as requests give it. */
  readonly input: string;
  /** What is known of it, where it is a demo scene. */
  readonly scene: Scene | null;
}

export async function sourceOfFile(file: File): Promise<Source> {
  const name = file.name === "" ? "pasted picture" : file.name;
  return { name, blob: file, input: await toDataUrl(file), scene: null };
}

export function sourceOfScene(scene: Scene, blob: Blob): Source {
  return { name: scene.name, blob, input: `scene:${scene.name}`, scene };
}
