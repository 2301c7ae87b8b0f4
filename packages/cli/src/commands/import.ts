import { defineCommand } from "../command/command.js";
import {
  flag,
  integer,
  type Options,
  requiredText,
  text,
  textOr,
  texts,
} from "../command/option.js";
import { ATTRIBUTE } from "../command/shared-options.js";

const options = {
  out: requiredText("folder of the new bundle", "folder", { short: "o" }),
  codebooks: textOr("folder with the four files of the codebooks", "folder", "."),
  localCodebook: text("instead of local_codebook_embedding.pth there", "file"),
  globalCodebook: text("instead of global_codebook_embedding.pth there", "file"),
  localVocabulary: text("instead of local_vocabulary.npy there", "file"),
  globalVocabulary: text("instead of global_vocabulary.npy there", "file"),
  clip: text(
    "folder of the same CLIP from Hugging Face (model.safetensors, config.json, tokenizer.json): adds " +
      "the text half, or the whole where the checkpoint has none",
    "folder",
  ),
  clipHeads: integer("heads of the checkpoint's CLIP (default: width / 64)", "count", 1),
  attribute: texts(ATTRIBUTE, "text"),
  name: text("name of the bundle (default: that of its folder)", "name"),
  llm: text("the language model whose vocabulary the local codebook is", "name"),
  imageSize: integer("side of the training images (default: 128)", "pixels", 16),
  globalWords: integer("global words the decoder reads (default: 21)", "count", 1),
  overwrite: flag("replace a bundle that is already there"),
} satisfies Options;
export type ImportOptions = typeof options;

export const importCommand = defineCommand({
  name: "import",
  summary: "Make a bundle from the files of the official PyTorch code.",
  details:
    "Nothing in the files is executed. Several checkpoint files are taken as parts of one. Tensors that " +
    "are missing, unexpected or misshapen are listed and refuse the import.",
  argument: {
    name: "checkpoint",
    describe: "the tokenizer's checkpoint (.pth)",
    required: true,
    many: true,
  },
  options,
  examples: [
    [
      "v2l import vqgan_checkpoint-last.pth --codebooks codebooks --out my-bundle",
      "then: v2l tokenize photo.jpg --bundle my-bundle",
    ],
  ],
  run: async (call) => (await import("../actions/import.js")).importBundle(call),
});
