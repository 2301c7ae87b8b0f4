export * from "./caption.js";
export * from "./choices.js";
export * from "./classify.js";
export * from "./complete.js";
export * from "./episodes.js";
export * from "./image-examples.js";
export * from "./official-splits.js";
export * from "./paper-protocol.js";
export {
  ANSWER_TEMPLATE,
  CAPTION_TEMPLATE,
  classifyTemplate,
  type Example,
  outputText,
  type Prompt,
  type PromptContent,
  type PromptInput,
  type PromptOptions,
  type PromptTemplate,
  promptText,
  shownWords,
} from "./prompt.js";
export * from "./question.js";
export * from "./read-images.js";
export * from "./similarity.js";
export * from "./video.js";
