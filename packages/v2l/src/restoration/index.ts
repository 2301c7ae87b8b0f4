export * from "./disturbance.js";
export * from "./fill.js";
export * from "./paper-plan.js";
export { framedPrompt, type PromptFrame, paperFrame, type TokenPair } from "./prompt-frame.js";
export * from "./task.js";
export * from "./windows.js";
