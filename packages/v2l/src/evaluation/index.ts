export * from "./readings.js";
export * from "./writers.js";
