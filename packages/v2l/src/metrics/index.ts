export * from "./psnr.js";
