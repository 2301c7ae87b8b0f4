export * from "./class-embeddings.js";
export * from "./episode-changes.js";
export * from "./episode-sources.js";
export * from "./few-shot.js";
export * from "./readings.js";
export * from "./recognisers.js";
export * from "./writers.js";
