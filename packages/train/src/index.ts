export { type ClipTrainConfig, clipConfig } from "./clip/config.js";
export { CLIP_WEIGHTS, trainClip } from "./clip/train.js";
export type { Dataset } from "./data/dataset.js";
export { FolderDataset } from "./data/folder.js";
export { WorldDataset, type WorldOptions } from "./data/world.js";
export type { LogRecord, TrainEvent, TrainOptions } from "./run/events.js";
export { type TokenizerTrainConfig, tokenizerConfig } from "./tokenizer/config.js";
export * from "./world/index.js";
