import { FakeLanguageModel, type FakeOptions } from "@v2l/llm";

const VISIBLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const PIECES = ["<unk>", "<s>", "</s>", "<0x0A>", "▁", ...VISIBLE];
/** What each of the pieces spells. */
const CHARACTERS = ["", "", "", "\n", " ", ...VISIBLE];

const LINE =
  /^Input:(?<words>.*?)(?: Question: (?<question>.*))? (?:Output|Caption|Answer):(?<output>.*)$/;

/** What a person would read off a line of a prompt; written apart from the library's template. */
interface Line {
  readonly words: ReadonlySet<string>;
  readonly question: string;
  readonly output: string;
}

/**
 * A model that does in-context learning and nothing else. It reads the prompt as text, finds the example
 * with the same question that shares most words with the last line (the latest of equals), and
 * writes that example's output and a line end, a character at a time.
 */
export class ReadingFake extends FakeLanguageModel {
  constructor(options: Omit<FakeOptions, "script" | "pieces"> = {}) {
    super({
      contextSize: 100_000,
      ...options,
      pieces: PIECES,
      script: (prompt, logits) => {
        const next = nextCharacter(prompt.map((id) => CHARACTERS[id]).join(""));
        if (next !== null) logits[CHARACTERS.indexOf(next)] = 30;
      },
    });
  }
}

/** What continues a prompt, or null where it has nothing to copy. */
function nextCharacter(prompt: string): string | null {
  const lines = prompt.split("\n").flatMap((line) => parse(line.trimStart()));
  const query = lines.at(-1);
  const examples = lines.slice(0, -1).filter(({ question }) => question === query?.question);
  if (query === undefined || examples.length === 0) return null;
  const best = examples.reduce((a, b) => (common(b, query) >= common(a, query) ? b : a));
  const whole = ` ${best.output.trim()}\n`;
  return whole.startsWith(query.output) ? (whole[query.output.length] ?? null) : null;
}

function parse(line: string): Line[] {
  const groups = LINE.exec(line)?.groups;
  if (!groups) return [];
  const { words = "", question = "", output = "" } = groups;
  return [{ words: new Set(words.trim().split(" ")), question, output }];
}

function common(a: Line, b: Line): number {
  return [...a.words].filter((word) => b.words.has(word)).length;
}
