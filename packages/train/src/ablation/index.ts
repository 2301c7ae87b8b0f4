export {
  type ArmResult,
  ablateTokenizer,
  type Compared,
  type TokenizerAblationConfig,
} from "./ablate.js";
export { tokenizerArms } from "./arms.js";
export { ablationTable } from "./report.js";
