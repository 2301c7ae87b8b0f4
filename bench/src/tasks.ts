import { fromFloat32, type TensorData, toFloat32, type Weights } from "@v2l/nn";
import { ClipSessions, TokenizerSessions } from "@v2l/onnx";
import type { Setting } from "./setting.js";
import { readWorkload } from "./workload.js";

/** Something to be timed. `outputs` holds the results of the latest run. */
export interface Task {
  run(): Promise<void> | void;
  outputs(): Weights;
}

/** Image -> local ids. The codebook was projected when the model was loaded. */
export async function encodeTask(setting: Setting, folder: string): Promise<Task> {
  const sessions = await tokenizerSessions(setting, folder);
  const image = await input(folder, "image");
  let indices: Int32Array = new Int32Array();
  return {
    run: async () => {
      indices = await sessions.encode(image);
    },
    outputs: () => new Map([["indices", flat(Float32Array.from(indices))]]),
  };
}

/** Local and global ids -> image. */
export async function decodeTask(setting: Setting, folder: string): Promise<Task> {
  const sessions = await tokenizerSessions(setting, folder);
  const local = await input(folder, "localIds");
  const global = await input(folder, "globalIds");
  let image: Float32Array = new Float32Array();
  return {
    run: async () => {
      image = await sessions.decode(local, global);
    },
    outputs: () => new Map([["image", flat(image)]]),
  };
}

/** Image -> ids of the nearest global words. */
export async function clipTask(setting: Setting, folder: string): Promise<Task> {
  const sessions = await ClipSessions.create({
    config: setting.clip,
    weights: await readWorkload(folder, "clip"),
    globalCodebook: (await readWorkload(folder, "codebooks")).get("global") as TensorData,
    words: setting.words,
    threads: setting.threads,
    halves: ["image"],
  });
  const pixels = await input(folder, "pixels");
  let feature: Float32Array = new Float32Array();
  let indices: Int32Array = new Int32Array();
  return {
    run: async () => {
      const result = await sessions.encodeImage(pixels);
      [feature, indices] = [result.features, result.indices];
    },
    outputs: () =>
      new Map([
        ["feature", flat(feature)],
        ["indices", flat(Float32Array.from(indices))],
      ]),
  };
}

async function tokenizerSessions(setting: Setting, folder: string): Promise<TokenizerSessions> {
  const codebooks = await readWorkload(folder, "codebooks");
  return TokenizerSessions.create({
    config: setting.config,
    weights: await readWorkload(folder, "tokenizer"),
    localCodebook: codebooks.get("local") as TensorData,
    globalCodebook: codebooks.get("global") as TensorData,
    imageSize: setting.imageSize,
    words: setting.words,
    threads: setting.threads,
  });
}

async function input(folder: string, name: string): Promise<Float32Array> {
  return toFloat32((await readWorkload(folder, "inputs")).get(name) as TensorData);
}

function flat(data: Float32Array): TensorData {
  return fromFloat32(data, [data.length]);
}
