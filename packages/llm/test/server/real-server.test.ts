import { openServerLanguageModel, readEnvironment } from "../../src/index.js";
import { languageModelContract } from "../contract.js";

// docs/language-models-server.md says how to run this against a llama-server or vLLM.
const { server, vocabulary, dialect, model } = readEnvironment();
const skip =
  server && vocabulary
    ? false
    : "no server: set V2L_LLM_SERVER to its address and V2L_LLM_SERVER_VOCABULARY to the model's file";

languageModelContract(
  `the server ${server ?? "of V2L_LLM_SERVER"}`,
  () =>
    openServerLanguageModel({ url: server ?? "", vocabulary: vocabulary ?? "", dialect, model }),
  // Answers differ with the composition of batches: by 0.01 in half precision, 0.16 in Q8_0.
  { skip, tolerance: Number(process.env.V2L_LLM_SERVER_TOLERANCE || 0.05) },
);
