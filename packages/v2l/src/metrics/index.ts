export { type Interval, wilsonInterval } from "./interval.js";
export * from "./paired-difference.js";
export * from "./psnr.js";
