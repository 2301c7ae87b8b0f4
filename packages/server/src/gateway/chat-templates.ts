import { ANSWER_TEMPLATE, CAPTION_TEMPLATE, outputText, promptText } from "v2l";
import { invalid } from "../errors.js";
import { imageText } from "./image-template.js";
import type { ImageWords, Turn } from "./turns.js";

/** How a conversation becomes a text for a model to continue. */
export interface ChatTemplate {
  /** The text up to where the next answer begins. */
  render(turns: readonly Turn[], imageTemplate: string): string;
  /** What ends an answer, beside the model's end of text. */
  readonly stop: readonly string[];
}

/**
 * The lines of all other tasks (docs/tasks.md), which the demo's language model was trained on. Each question with
 * its answer is a line, so that earlier turns are examples:
 *
 * ```text
 * Each input lists words for a picture. The answer is true of the picture.
 * Input: dog animal puppy Question: What is it? Answer: a dog
 * Input: dog animal puppy Question: Where is it? Answer:
 * ```
 *
 * A system message stands in the place of the first line. A question without an image is about the images
 * before it; an image without a question asks for a caption.
 */
const LINES: ChatTemplate = {
  stop: ["\n"],
  render(turns) {
    const system = turns.filter(({ role }) => isSystem(role)).map(({ parts }) => texts(parts));
    let instruction: string = ANSWER_TEMPLATE.instruction;
    let text = "";
    let words: readonly string[] = [];
    for (const { role, parts } of merged(turns)) {
      if (role === "assistant") {
        text += outputText(texts(parts));
        continue;
      }
      const images = parts.filter((part) => typeof part !== "string");
      if (images.length > 0) words = images.flatMap((image) => image.words);
      const question = texts(parts);
      const template = question === "" ? CAPTION_TEMPLATE : ANSWER_TEMPLATE;
      instruction = template.instruction;
      const query = question === "" ? { words } : { words, question };
      text += promptText(template, { examples: [], query }, { instruction: false });
    }
    return `${system.length > 0 ? system.join(" ") : instruction}\n${text}`;
  },
};

/** `User: ...` and `Assistant: ...`, for models without a template of their own. */
const PLAIN: ChatTemplate = {
  stop: ["\nUser:"],
  render(turns, imageTemplate) {
    const system = turns.filter(({ role }) => isSystem(role)).map(({ parts }) => texts(parts));
    const lines = merged(turns).map(({ role, parts }) => {
      const text = parts.map((part) => {
        return typeof part === "string" ? part : imageText(part, imageTemplate);
      });
      return `${role === "user" ? "User" : "Assistant"}: ${text.join("\n")}\n`;
    });
    const head = system.length > 0 ? `${system.join("\n")}\n\n` : "";
    return `${head}${lines.join("")}Assistant:`;
  },
};

export const CHAT_TEMPLATES = { lines: LINES, plain: PLAIN } as const;
export type ChatTemplateName = keyof typeof CHAT_TEMPLATES;
export const CHAT_TEMPLATE_NAMES = Object.keys(CHAT_TEMPLATES) as readonly ChatTemplateName[];

interface Said {
  readonly role: "user" | "assistant";
  readonly parts: readonly (string | ImageWords)[];
}

/** What user and assistant said in turns; messages of one after the other belong together. */
function merged(turns: readonly Turn[]): Said[] {
  const said: Said[] = [];
  for (const { role, parts } of turns) {
    if (isSystem(role)) continue;
    if (role !== "user" && role !== "assistant") {
      const what = "system, developer, user or assistant";
      throw invalid(what, "messages.role", role, "Tools need an upstream server");
    }
    const last = said.at(-1);
    if (last?.role === role) said[said.length - 1] = { role, parts: [...last.parts, ...parts] };
    else said.push({ role, parts });
  }
  if (said.at(-1)?.role === "user") return said;
  throw invalid("a last message of the user", "messages", said.at(-1)?.role ?? "none");
}

function isSystem(role: string): boolean {
  return role === "system" || role === "developer";
}

function texts(parts: readonly (string | ImageWords)[]): string {
  return parts
    .filter((part) => typeof part === "string")
    .join(" ")
    .trim();
}
