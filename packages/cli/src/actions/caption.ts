import { caption as captionWords } from "v2l";
import type { Call } from "../command/command.js";
import type { CaptionOptions } from "../commands/caption.js";
import { withReaders } from "../inputs/language-model.js";
import { readings } from "../inputs/readings.js";
import { shownExamples } from "../inputs/shown-examples.js";
import { writingOptions } from "../inputs/writing-options.js";
import { printAnswers } from "../output/answers.js";

export async function caption(call: Call<CaptionOptions>): Promise<void> {
  const { args, options, output } = call;
  await withReaders(call, async ({ v2l, llm }) => {
    const examplesFor = await shownExamples(v2l, "caption", options);
    const images = await readings(v2l, args, options, output);
    const tasks = images.map(({ words, places }) => {
      return { examples: examplesFor({ words }), query: words, places };
    });
    const results = await captionWords(llm, tasks, writingOptions(call));
    printAnswers(output, images, results, options, ({ text }) => text);
  });
}
