import type { Random } from "@v2l/nn";
import { classifyTemplate, type Example, outputText } from "v2l";
import { pick, pickWeighted } from "../../run/random.js";
import { answer, type Document, given, type Part, type Span } from "./document.js";
import { drawEpisode, type EpisodeShape, type Labels } from "./episode.js";
import type { Lexicon } from "./lexicon.js";
import { inputText } from "./wording.js";

const LABELS: readonly Labels[] = ["name", "word", "invented"];

/** Pairs of inputs and outputs over a mapping that no other document has. */
export function fewShotDocument(
  lexicon: Lexicon,
  random: Random,
  part: Part,
  growth: number,
): Document {
  const shape = limited(drawShape(random), growth);
  const { classes, examples, queries } = drawEpisode(lexicon, random, part, shape);
  const repeats = random.uniform() < 0.08 ? 1 : 0;
  const pairs = [...Array.from({ length: repeats + 1 }, () => examples).flat(), ...queries];
  const instruct = shape.shot === 0 || random.uniform() < 0.5;
  const format = pick(random, FORMATS);
  const head = instruct ? [given(`${format.instruction(classes, random)}\n`)] : [];
  // A label follows from the text once an example had it, or where it names what the words are about.
  const told = new Set(instruct && shape.labels === "name" ? classes : []);
  const spans = pairs.flatMap((pair): Span[] => {
    const known = told.has(pair.output);
    told.add(pair.output);
    const output = format.output(pair.output);
    return [given(format.input(pair, random)), known ? answer(output) : given(output)];
  });
  return { kind: "fewShot", spans: [...head, ...spans] };
}

function drawShape(random: Random): EpisodeShape {
  const labels = LABELS[pickWeighted(random, [1, 1, 2])] as Labels;
  const words = pick(random, [5, 5, 5, 5, 5, 2 + random.integer(7), 21, 8 + random.integer(18)]);
  const long = words > 8;
  const way = 2 + pickWeighted(random, [4, 2, 1, long ? 2 : 3]);
  const shot = 1 + pickWeighted(random, long ? [5, 2, 1, 1, 1] : [4, 2, 2, 1, 2]);
  const queries = 1 + random.integer(long ? 2 : 5);
  const none = labels === "name" && random.uniform() < 0.15;
  return { way, shot: none ? 0 : shot, words, labels, purity: random.uniform(0.45, 1), queries };
}

/** At growth 0: at most three words of at most three classes, all words about the class. */
function limited(shape: EpisodeShape, growth: number): EpisodeShape {
  return {
    ...shape,
    words: Math.min(shape.words, 3 + Math.round(22 * growth)),
    way: Math.min(shape.way, 3 + Math.round(2 * growth)),
    shot: Math.min(shape.shot, 2 + Math.round(3 * growth)),
    purity: 1 - growth * (1 - shape.purity),
  };
}

/** A way to write pairs down. */
interface Format {
  instruction(classes: readonly string[], random: Random): string;
  input(example: Example, random: Random): string;
  /** Begins with a blank and ends with a line end. */
  output(output: string): string;
}

const UNTOLD = classifyTemplate([]);

const TASK: Format = {
  instruction: (classes) => classifyTemplate(classes).instruction,
  input: ({ words }) => inputText(UNTOLD, { words }),
  output: outputText,
};

/** The official evaluation's, with blanks between the words. */
const OFFICIAL: Format = {
  instruction: (classes) => {
    const names = classes.map((name) => `['${name}'`).join(" or ");
    return `For each of the following input output pairs, output is one of ${names}]`;
  },
  input: ({ words }) => `###\nInput: < ${words.join(" ")} >\nOutput:`,
  output: outputText,
};

const ARROW: Format = {
  instruction: (classes) => classes.join(", "),
  input: ({ words }) => `${words.join(", ")} ->`,
  output: outputText,
};

const COLON: Format = {
  instruction: (classes) => `Which is it, ${classes.join(" or ")}?`,
  input: ({ words }) => `${words.join(" ")}:`,
  output: outputText,
};

const FORMATS: readonly Format[] = [...Array<Format>(7).fill(TASK), OFFICIAL, ARROW, COLON];
