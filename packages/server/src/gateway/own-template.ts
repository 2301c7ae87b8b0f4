import { Template } from "@huggingface/jinja";
import { type LanguageModel, type LanguageModelVocabulary, TOKEN_KINDS } from "@v2l/llm";
import { ServerError } from "../errors.js";
import type { ChatTemplate } from "./chat-templates.js";
import { imageText } from "./image-template.js";
import { merged, systemText, type Turn } from "./turns.js";

/** Kinds of entries that a template spells as they are: control tokens and those that a user defined. */
const SPECIAL: readonly number[] = [TOKEN_KINDS.control, TOKEN_KINDS.userDefined];
/** Stand for a message's text and its white space while the template is filled in. */
const [OPEN, CLOSE, BLANK] = ["\uE000", "\uE001", "\u2003"];
const PLACE = new RegExp(`(${BLANK}?)${OPEN}(\\d+)${CLOSE}(${BLANK}?)`, "g");

interface Message {
  readonly role: string;
  readonly content: string;
}

/**
 * Prompts by a model's own template. Special tokens that the template spells become tokens; the same letters
 * in a message are text, so that no message can pretend to end another. The template and the vocabulary are read
 * at the first conversation: all of them must be with the same model.
 * @param source Jinja, as in `tokenizer.chat_template`
 * @returns throws ServerError REQUEST_INVALID where the template does not take the conversation, with its reason
 */
export function ownTemplate(source: string): ChatTemplate {
  let preparing: Promise<Prepared> | null = null;
  return async (llm, turns, imageTemplate) => {
    preparing ??= prepare(source, llm);
    const { special, render } = await preparing;
    const messages = messagesOf(turns, imageTemplate);
    const ids: number[] = [];
    for (const part of render(messages, true).split(special.pattern)) {
      const id = special.ids.get(part);
      if (id !== undefined) ids.push(id);
      else if (part !== "") ids.push(...(await llm.tokenize(filledIn(part, messages))));
    }
    // What the template puts after an answer ends the answer.
    const answered = render([...messages, { role: "assistant", content: "" }], false);
    const after = answered.slice(answered.lastIndexOf(CLOSE as string) + 1).trimStart();
    const [first = ""] = after.split(special.pattern).filter((part) => part !== "");
    const end = special.ids.get(first);
    return { ids, stop: [], ends: end === undefined ? [] : [end] };
  };
}

/** The special tokens, and a pattern that splits a text at them and keeps them. */
interface SpecialTokens {
  readonly ids: ReadonlyMap<string, number>;
  readonly pattern: RegExp;
}

/** What does not depend on the conversation. */
interface Prepared {
  readonly special: SpecialTokens;
  readonly render: (messages: readonly Message[], addGenerationPrompt: boolean) => string;
}

async function prepare(source: string, llm: LanguageModel): Promise<Prepared> {
  const vocabulary = await llm.vocabulary();
  return { special: specialTokens(vocabulary), render: filler(source, llm, vocabulary) };
}

function messagesOf(turns: readonly Turn[], imageTemplate: string): Message[] {
  const system = systemText(turns, "\n");
  const said = merged(turns).map(({ role, parts }) => {
    const texts = parts.map((part) => {
      return typeof part === "string" ? part : imageText(part, imageTemplate);
    });
    return { role, content: texts.join("\n") };
  });
  return system === null ? said : [{ role: "system", content: system }, ...said];
}

/** Fills in the template, with places for the messages' texts. */
function filler(source: string, { info }: LanguageModel, { pieces }: LanguageModelVocabulary) {
  const spelled = (id: number | null) => (id === null ? "" : (pieces[id] as string));
  let template: Template | null = null;
  return (messages: readonly Message[], add_generation_prompt: boolean): string => {
    try {
      template ??= new Template(source);
      return template.render({
        messages: messages.map(({ role }, i) => {
          return { role, content: `${BLANK}${OPEN}${i}${CLOSE}${BLANK}` };
        }),
        add_generation_prompt,
        bos_token: spelled(info.bos),
        eos_token: spelled(info.eos),
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ServerError(
        "REQUEST_INVALID",
        `Expected a conversation that the model's template takes but received: ${reason}. Choose another chat template`,
        { param: "messages", cause: error },
      );
    }
  };
}

/** Puts the messages' texts in their places; without white space around them where the template took it off. */
function filledIn(part: string, messages: readonly Message[]): string {
  return part.replace(PLACE, (_, before: string, index: string, after: string) => {
    const { content } = messages[Number(index)] as Message;
    const left = before === "" ? content.trimStart() : content;
    return after === "" ? left.trimEnd() : left;
  });
}

function specialTokens({ pieces, kinds }: LanguageModelVocabulary): SpecialTokens {
  const ids = new Map<string, number>();
  pieces.forEach((piece, id) => {
    if (piece !== "" && SPECIAL.includes(kinds[id] as number)) ids.set(piece, id);
  });
  // Of two that begin alike the longer one.
  const longest = [...ids.keys()].sort((a, b) => b.length - a.length);
  const alternatives = longest.map((piece) => piece.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return {
    ids,
    pattern: alternatives.length === 0 ? /(?!)/ : new RegExp(`(${alternatives.join("|")})`),
  };
}
