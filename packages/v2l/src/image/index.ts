export * from "./grid-picture.js";
export * from "./image.js";
export * from "./load.js";
export * from "./picture.js";
export * from "./preprocess.js";
export type { RawImage } from "./raw-image.js";
export * from "./resize.js";
export * from "./resize-opencv.js";
export * from "./to-image.js";
