import type { ClassifyResponse } from "@v2l/server";
import { useState } from "preact/hooks";
import type { ApiClient } from "../api/client.js";
import type { Source } from "../pictures/source.js";
import { useTask } from "./use-task.js";

/** A class with pictures that show it. */
export interface EpisodeClass {
  readonly id: number;
  readonly label: string;
  readonly pictures: readonly Source[];
}

export interface EpisodeOptions {
  readonly words: number;
  readonly calibrate: boolean;
}

export interface Episode {
  readonly classes: readonly EpisodeClass[];
  readonly running: boolean;
  readonly error: string | null;
  readonly result: ClassifyResponse | null;
  addClass(): void;
  removeClass(id: number): void;
  rename(id: number, label: string): void;
  addPicture(id: number, picture: Source): void;
  removePicture(id: number, index: number): void;
  /** Makes classes of pictures with labels. */
  fill(pictures: readonly Source[], shots: number): void;
  classify(query: Source, options: EpisodeOptions): Promise<void>;
}

let lastId = 0;

function emptyClass(label = ""): EpisodeClass {
  lastId += 1;
  return { id: lastId, label, pictures: [] };
}

/** A few-shot episode: classes with examples, and what the language model makes of a query. */
export function useEpisode(api: ApiClient): Episode {
  const [classes, setClasses] = useState<readonly EpisodeClass[]>(() => {
    return [emptyClass("class 1"), emptyClass("class 2")];
  });
  const [result, setResult] = useState<ClassifyResponse | null>(null);
  const { running, error, run } = useTask();
  const change = (id: number, make: (one: EpisodeClass) => Partial<EpisodeClass>) =>
    setClasses((all) => all.map((one) => (one.id === id ? { ...one, ...make(one) } : one)));
  return {
    classes,
    running,
    error,
    result,
    addClass: () => setClasses((all) => [...all, emptyClass(`class ${all.length + 1}`)]),
    removeClass: (id) => setClasses((all) => all.filter((one) => one.id !== id)),
    rename: (id, label) => change(id, () => ({ label })),
    addPicture: (id, picture) =>
      change(id, ({ pictures }) => ({ pictures: [...pictures, picture] })),
    removePicture: (id, index) =>
      change(id, ({ pictures }) => ({ pictures: pictures.toSpliced(index, 1) })),
    fill: (pictures, shots) => setClasses(classesOf(pictures, shots)),
    classify: (query, options) =>
      run(async (signal) => {
        setResult(null);
        setResult(await api.classify(requestOf(query, classes, options), signal));
      }),
  };
}

/** The classes that have enough pictures to show. */
function classesOf(pictures: readonly Source[], shots: number): EpisodeClass[] {
  const byLabel = new Map<string, Source[]>();
  for (const picture of pictures) {
    const label = picture.scene?.label ?? "";
    byLabel.set(label, [...(byLabel.get(label) ?? []), picture]);
  }
  return [...byLabel]
    .filter(([, shown]) => shown.length >= shots)
    .map(([label, shown]) => ({ ...emptyClass(label), pictures: shown.slice(0, shots) }));
}

/** Examples of the classes by turns: the model tends to repeat what it read last. */
function requestOf({ input }: Source, classes: readonly EpisodeClass[], options: EpisodeOptions) {
  const named = classes.filter(({ label }) => label.trim() !== "");
  const most = Math.max(0, ...named.map(({ pictures }) => pictures.length));
  const examples = Array.from({ length: most }, (_, turn) => {
    return named.flatMap(({ label, pictures }) => {
      const picture = pictures[turn];
      return picture ? [{ image: picture.input, label: label.trim() }] : [];
    });
  }).flat();
  return { image: input, classes: named.map(({ label }) => label.trim()), examples, ...options };
}
