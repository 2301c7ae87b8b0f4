import { answer, chooseAnswer } from "v2l";
import type { Call } from "../command/command.js";
import type { AskOptions } from "../commands/ask.js";
import { withReaders } from "../inputs/language-model.js";
import { readings } from "../inputs/readings.js";
import { shownExamples } from "../inputs/shown-examples.js";
import { writingOptions } from "../inputs/writing-options.js";
import { choiceLine, printAnswers } from "../output/answers.js";

export async function ask(call: Call<AskOptions>): Promise<void> {
  const { args, options, output } = call;
  const { question, answer: answers } = options;
  await withReaders(call, async ({ v2l, llm }) => {
    const examplesFor = await shownExamples(v2l, "answer", options);
    const images = await readings(v2l, args, options, output);
    const tasks = images.map(({ words, places }) => ({
      examples: examplesFor({ words, question }),
      query: words,
      places,
      question,
    }));
    if (answers.length > 0) {
      const choices = tasks.map((task) => ({ ...task, answers }));
      const results = await chooseAnswer(llm, choices, writingOptions(call));
      printAnswers(output, images, results, options, (result) => choiceLine(result.choices));
    } else {
      const results = await answer(llm, tasks, writingOptions(call));
      printAnswers(output, images, results, options, ({ text }) => text);
    }
  });
}
