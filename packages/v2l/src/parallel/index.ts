export * from "./batch-worker.js";
export * from "./prefetch.js";
