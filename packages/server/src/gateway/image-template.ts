import { expected, V2LError } from "@v2l/nn";
import type { ImageWords } from "./turns.js";

/** How an image stands in a message, see docs/gateway.md. */
export const DEFAULT_IMAGE_TEMPLATE =
  "[Image {number}. Words that describe it, the best first: {words}]";

/** @throws V2LError INVALID_ARGUMENT where a template has no place for the words */
export function checkImageTemplate(template: string): string {
  if (template.includes("{words}")) return template;
  const what = "a text with {words}, and {number} if you like,";
  throw new V2LError("INVALID_ARGUMENT", expected(what, "imageTemplate", template));
}

/** The text that stands for an image. */
export function imageText({ number, words }: ImageWords, template: string): string {
  return template.replaceAll(/\{(number|words)\}/g, (_, name) => {
    return name === "number" ? String(number) : words.join(", ");
  });
}
