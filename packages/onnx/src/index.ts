export type { Value } from "./builder.js";
export * from "./clip.js";
export * from "./graph.js";
export * from "./session.js";
export * from "./tokenizer.js";
