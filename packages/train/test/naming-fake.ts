import { FakeLanguageModel } from "@v2l/llm";

const VISIBLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const PIECES = ["<unk>", "<s>", "</s>", "<0x0A>", "▁", ...VISIBLE];
const CHARACTERS = ["", "", "", "\n", " ", ...VISIBLE];

const LINE = /Input:(?<words>.*?)(?: Question: (?<question>.*))? (?:Caption|Answer):(?<output>.*)$/;

/**
 * A model that looks at the last line alone and takes its words for names. Caption: `a ship and a dog` of
 * the words `dog ship`, last first; without words `a dog`. It answers questions of what is in the picture
 * the same way, whether there is something by looking for it, and anything else by `hm`.
 */
export class NamingFake extends FakeLanguageModel {
  constructor() {
    super({
      contextSize: 100_000,
      pieces: PIECES,
      script: (prompt, logits) => {
        const text = prompt.map((id) => CHARACTERS[id]).join("");
        const groups = LINE.exec(text.split("\n").at(-1) ?? "")?.groups ?? {};
        const { words = "", question, output = "" } = groups;
        const names = words.split(" ").filter((word) => word !== "");
        const whole = ` ${reply(names, question)}\n`;
        const next = whole.startsWith(output) ? (whole[output.length] as string) : "\n";
        logits[CHARACTERS.indexOf(next)] = 30;
      },
    });
  }
}

function reply(names: readonly string[], question = "What is in the picture?"): string {
  if (question.startsWith("Is there")) {
    return names.includes(question.slice(0, -1).split(" ").at(-1) as string) ? "yes" : "no";
  }
  if (question !== "What is in the picture?") return "hm";
  const listed = names.length > 0 ? [...names].reverse() : ["dog"];
  return listed.map((name) => `a ${name}`).join(" and ");
}
