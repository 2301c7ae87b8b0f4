import { type CommandGroup, defineCommand } from "../command/command.js";
import { flag, type Options, text, textOr } from "../command/option.js";
import { PAPER_CLIP, PAPER_LLM } from "../presets/paper-files.js";

const options = {
  dir: text("folder for the files (default: v2l/models in XDG_CACHE_HOME or ~/.cache)", "folder"),
  clip: textOr("repository of the CLIP, in Hugging Face's layout", "owner/name", PAPER_CLIP),
  llm: textOr("the language model", "hf:owner/repository/file.gguf", PAPER_LLM),
  skipClip: flag("not the CLIP"),
  skipLlm: flag("not the language model"),
} satisfies Options;
export type PullOptions = typeof options;

const paper = defineCommand({
  name: "paper",
  summary: "Fetch the paper's CLIP and language model from the hub, and tell where the rest is.",
  details:
    "CLIP ViT-L/14 (1.7 GB) and LLaMA-2 7B as GGUF (7.2 GB). HF_ENDPOINT names a mirror, HF_TOKEN opens " +
    "repositories that ask for one. Before anything is fetched, free disk space is checked; a file " +
    "appears when it is complete and its hash is the one that the hub states. The same command goes on " +
    "where a stopped one was. The tokenizer's checkpoint lies on a drive: fetch it by hand.",
  options,
  examples: [
    ["v2l pull paper", "everything that the hub has"],
    ["v2l pull paper --llm hf:TheBloke/Llama-2-7B-GGUF/llama-2-7b.Q4_K_M.gguf", "a smaller model"],
    ["v2l pull paper --skip-llm --dir models", "CLIP alone, into a folder of your own"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/pull.js")).pullPaper(call),
});

export const pull: CommandGroup = {
  name: "pull",
  summary: "Fetch published models.",
  commands: [paper],
};
