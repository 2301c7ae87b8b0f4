export type { Value } from "./builder.js";
export * from "./clip.js";
export * from "./graph.js";
export * from "./inception.js";
export * from "./lpips.js";
export type { OnnxModel } from "./proto.js";
export * from "./session.js";
export * from "./similarity.js";
export * from "./tokenizer.js";
