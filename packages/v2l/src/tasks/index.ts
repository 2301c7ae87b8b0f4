export * from "./choices.js";
export * from "./classify.js";
export * from "./paper-protocol.js";
export {
  ANSWER_TEMPLATE,
  CAPTION_TEMPLATE,
  CLASSIFY_TEMPLATE,
  type Example,
  type Prompt,
  type PromptInput,
  type PromptParts,
  type PromptTemplate,
  promptText,
} from "./prompt.js";
