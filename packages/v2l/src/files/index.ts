export * from "./atomic-write.js";
export * from "./journal.js";
