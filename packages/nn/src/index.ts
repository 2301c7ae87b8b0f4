export * from "./config.js";
export * from "./errors.js";
export * from "./module.js";
export * from "./ops.js";
export * from "./random.js";
export * from "./tensor-data.js";
