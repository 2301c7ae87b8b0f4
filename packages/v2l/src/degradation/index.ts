export * from "./blur.js";
export * from "./degrade.js";
export { FILLS, type Fill, hideCells, hidePixels, meanColor, nearestVisible } from "./hide.js";
export * from "./margins.js";
export * from "./pixel-mask.js";
export * from "./rotate.js";
export * from "./token-mask.js";
