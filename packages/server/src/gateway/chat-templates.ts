import type { Ids, LanguageModel } from "@v2l/llm";
import { ANSWER_TEMPLATE, CAPTION_TEMPLATE, outputText, promptText } from "v2l";
import { imageText } from "./image-template.js";
import { ownTemplate } from "./own-template.js";
import { merged, systemText, type Turn, textsOf } from "./turns.js";

/** What a language model continues to answer a conversation. */
export interface ChatPrompt {
  /** Up to where the answer begins. */
  readonly ids: Ids;
  /** Texts that end an answer. */
  readonly stop: readonly string[];
  /** Tokens that end it, beside the model's end of text. */
  readonly ends: Ids;
}

/** How a conversation becomes a prompt. */
export type ChatTemplate = (
  llm: LanguageModel,
  turns: readonly Turn[],
  imageTemplate: string,
) => Promise<ChatPrompt>;

/** A template that makes one text. */
function asText(
  render: (turns: readonly Turn[], imageTemplate: string) => string,
  stop: readonly string[],
): ChatTemplate {
  return async (llm, turns, imageTemplate) => {
    const ids = await llm.tokenize(render(turns, imageTemplate));
    return { ids: llm.info.bos === null ? ids : [llm.info.bos, ...ids], stop, ends: [] };
  };
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
function lines(turns: readonly Turn[]): string {
  let instruction: string = ANSWER_TEMPLATE.instruction;
  let text = "";
  let words: readonly string[] = [];
  for (const { role, parts } of merged(turns)) {
    if (role === "assistant") {
      text += outputText(textsOf(parts));
      continue;
    }
    const images = parts.filter((part) => typeof part !== "string");
    if (images.length > 0) words = images.flatMap((image) => image.words);
    const question = textsOf(parts);
    const template = question === "" ? CAPTION_TEMPLATE : ANSWER_TEMPLATE;
    instruction = template.instruction;
    const query = question === "" ? { words } : { words, question };
    text += promptText(template, { examples: [], query }, { instruction: false });
  }
  return `${systemText(turns) ?? instruction}\n${text}`;
}

/** `User: ...` and `Assistant: ...`, for models without a template of their own. */
function plain(turns: readonly Turn[], imageTemplate: string): string {
  const said = merged(turns).map(({ role, parts }) => {
    const text = parts.map((part) => {
      return typeof part === "string" ? part : imageText(part, imageTemplate);
    });
    return `${role === "user" ? "User" : "Assistant"}: ${text.join("\n")}\n`;
  });
  const system = systemText(turns, "\n");
  return `${system === null ? "" : `${system}\n\n`}${said.join("")}Assistant:`;
}

const PLAIN = asText(plain, ["\nUser:"]);

/** What the model's file says, else `plain`; for conversations with one model. */
function own(): ChatTemplate {
  let template: ChatTemplate | null = null;
  return (llm, ...conversation) => {
    const { chatTemplate } = llm.info;
    template ??= chatTemplate === null ? PLAIN : ownTemplate(chatTemplate);
    return template(llm, ...conversation);
  };
}

export const CHAT_TEMPLATE_NAMES = ["own", "lines", "plain"] as const;
export type ChatTemplateName = (typeof CHAT_TEMPLATE_NAMES)[number];
/** A server makes one of these for its model. */
export const CHAT_TEMPLATES: Readonly<Record<ChatTemplateName, () => ChatTemplate>> = {
  own,
  lines: () => asText(lines, ["\n"]),
  plain: () => PLAIN,
};
