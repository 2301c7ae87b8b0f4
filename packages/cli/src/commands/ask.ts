import { defineCommand } from "../command/command.js";
import { type Options, requiredText, texts } from "../command/option.js";
import { IMAGES, WRITING } from "../command/shared-options.js";

const options = {
  ...WRITING,
  question: requiredText("what to ask about each image", "text"),
  answer: texts("an answer to choose from; may be repeated (default: its own words)", "text"),
} satisfies Options;
export type AskOptions = typeof options;

export const ask = defineCommand({
  name: "ask",
  summary: "Ask a language model a question about images.",
  details:
    "The language model reads the words of the examples with their questions and answers, then those of " +
    "the image with the question. A table of examples is a .csv file with the columns file, question and " +
    "answer, or .jsonl.",
  argument: IMAGES,
  options,
  examples: [
    ['v2l ask photo.jpg --question "What is it?" --examples questions.csv', "in its own words"],
    [
      'v2l ask photo.jpg --question "Is there a dog?" --answer yes --answer no',
      "one of two, with probabilities",
    ],
  ],
  run: async (call) => (await import("../actions/ask.js")).ask(call),
});
