export * from "./bundle/index.js";
export * from "./checkpoint/index.js";
export * from "./clip-text.js";
export * from "./files/index.js";
export * from "./image/index.js";
export * from "./import/index.js";
export * from "./metrics/index.js";
export * from "./text-tokenizer.js";
