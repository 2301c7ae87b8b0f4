export {
  type BlindPlanOptions,
  CANDIDATES,
  type Candidates,
  FILL_ORDERS,
  type FillOrder,
  HIDDEN_DEFAULTS,
  hiddenPlans,
  type Lesson,
  SHOWN_EXAMPLES,
  type ShownExamples,
  TRANSLATION_DEFAULTS,
  translationPlan,
} from "./blind-plan.js";
export * from "./disturbance.js";
export * from "./fill.js";
export * from "./order.js";
export * from "./paper-plan.js";
export {
  BLIND_FRAGMENTS,
  blindFrame,
  framedPrompt,
  PAPER_FRAGMENTS,
  type PromptFragments,
  type PromptFrame,
  paperFrame,
  type TokenPair,
} from "./prompt-frame.js";
export * from "./references.js";
export * from "./restore.js";
export * from "./scan.js";
export {
  type DamageImageOptions,
  type DamageOptions,
  DEFAULT_BLUR,
  DEFAULT_SHIFT,
  damageImage,
  hidesCells,
  type Shift,
} from "./scene.js";
export * from "./vote.js";
export * from "./windows.js";
