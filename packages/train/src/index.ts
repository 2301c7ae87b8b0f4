export {
  type ArmResult,
  ablateTokenizer,
  ablationTable,
  type Compared,
  type TokenizerAblationConfig,
  tokenizerArms,
} from "./ablation/index.js";
export { type ClipTrainConfig, clipConfig } from "./clip/config.js";
export { CLIP_WEIGHTS, trainClip } from "./clip/train.js";
export { buildDemoCodebooks, type CodebookConfig } from "./codebook.js";
export type { Dataset } from "./data/dataset.js";
export { FolderDataset } from "./data/folder.js";
export { WorldDataset, type WorldOptions } from "./data/world.js";
export {
  type CaptionEvaluation,
  type CaptionItem,
  type CaptionResult,
  type CaptionSample,
  measureCaptions,
  summarizeCaptions,
} from "./evaluate/captions.js";
export { type CaptionCoverage, captionCoverage } from "./evaluate/coverage.js";
export {
  demoResults,
  type EvaluateOptions,
  evaluateDemo,
  type SetResult,
  type Shares,
} from "./evaluate/demo.js";
export {
  type FewShotOptions,
  type FewShotPart,
  type FewShotRow,
  type FewShotRunOptions,
  type FewShotTask,
  fewShotSystems,
  inventedNames,
  measureFewShotSets,
  measureFewShotTasks,
  summarizeFewShot,
} from "./evaluate/few-shot.js";
export { fewShotTable, observationsTable } from "./evaluate/few-shot-report.js";
export {
  type FewShotImage,
  type FewShotSet,
  type FewShotSetsOptions,
  readFewShotSets,
} from "./evaluate/few-shot-sets.js";
export {
  type CaptionImages,
  type FileCaptionEvaluation,
  type FileCaptionItem,
  type FileCaptionResult,
  measureFileCaptions,
  readCaptionImages,
  summarizeFileCaptions,
} from "./evaluate/files/captions.js";
export {
  type FewShotFiles,
  type FewShotReading,
  readFewShotFolder,
  readFewShotSplits,
} from "./evaluate/files/few-shot.js";
export { type FileReading, ImageReader } from "./evaluate/files/image-reader.js";
export { folderPictures, type PictureFoldersOptions } from "./evaluate/files/pictures.js";
export {
  type AskedImages,
  type FileQuestionEvaluation,
  type FileQuestionItem,
  type FileQuestionResult,
  measureFileQuestions,
  readAskedImages,
  summarizeFileQuestions,
} from "./evaluate/files/questions.js";
export {
  fileCaptionSamplesTable,
  fileCaptionsTable,
  fileQuestionSamplesTable,
  fileQuestionsTable,
} from "./evaluate/files/report.js";
export type { LanguageModels } from "./evaluate/language-models.js";
export {
  captionSamplesTable,
  captionsTable,
  questionSamplesTable,
  questionsTable,
} from "./evaluate/language-report.js";
export {
  type EvaluatedScene,
  type EvaluationOptions,
  type LanguageConfig,
  type LanguageScenes,
  readLanguageScenes,
} from "./evaluate/language-scenes.js";
export { type Observation, testObservations, type Verdict } from "./evaluate/observations.js";
export {
  type AnswerList,
  measureQuestions,
  type QuestionEvaluation,
  type QuestionItem,
  type QuestionPart,
  type QuestionResult,
  type QuestionSample,
  summarizeQuestions,
} from "./evaluate/questions.js";
export type { DescribedScene } from "./evaluate/read-scenes.js";
export { demoTable } from "./evaluate/report.js";
export {
  evaluateRestoration,
  measureRestorations,
  type RestorationConfig,
  type RestorationEntry,
  type RestorationEvaluation,
  type RestorationLead,
  type RestorationMeasured,
  type RestorationRow,
  type RestorationRunOptions,
  type RestorationSetting,
  summarizeRestoration,
} from "./evaluate/restoration.js";
export {
  type EvaluatedPicture,
  type RestorationPictures,
  worldPictures,
} from "./evaluate/restoration-pictures.js";
export { restorationTable } from "./evaluate/restoration-report.js";
export type { DividedRun } from "./evaluate/stretches.js";
export {
  openWorldImages,
  type WorldImages,
  type WorldImagesOptions,
} from "./evaluate/world-images.js";
export type { WritingPart, WritingRun } from "./evaluate/writing.js";
export { type ExportOptions, exportBundle } from "./export.js";
export { type LlmTrainConfig, llmConfig } from "./llm/config.js";
export { type ExportGgufOptions, exportGguf } from "./llm/export-gguf.js";
export { trainLlm } from "./llm/train.js";
export type { LogRecord, TrainEvent, TrainOptions } from "./run/events.js";
export { savedConfig } from "./run/folder.js";
export { Parameters } from "./run/parameters.js";
export { versions } from "./run/versions.js";
export {
  type OptimizationConfig,
  type TokenizerTrainConfig,
  tokenizerConfig,
} from "./tokenizer/config.js";
export { globalEmbeddings } from "./tokenizer/global-embeddings.js";
export { lpipsLoss } from "./tokenizer/perceptual.js";
export * from "./tokenizer/step.js";
export { DISCRIMINATOR_WEIGHTS, TOKENIZER_WEIGHTS, trainTokenizer } from "./tokenizer/train.js";
export * from "./world/index.js";
