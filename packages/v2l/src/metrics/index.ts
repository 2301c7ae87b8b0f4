export { bleu } from "./bleu.js";
export { type CaptionedImage, type CaptionScore, captionTokens } from "./captioned-image.js";
export * from "./cider.js";
export { type Interval, wilsonInterval } from "./interval.js";
export * from "./paired-difference.js";
export * from "./psnr.js";
export { rougeL } from "./rouge-l.js";
export * from "./vqa-accuracy.js";
