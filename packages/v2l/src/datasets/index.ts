export { type CaptionDataset, type CaptionedFile, readCaptions } from "./captions.js";
export { ImageFolder } from "./image-folder.js";
export {
  ANSWER_KINDS,
  type AnswerKind,
  type QuestionDataset,
  readVisualQuestions,
  type VisualQuestion,
  type VisualQuestionFiles,
} from "./visual-questions.js";
