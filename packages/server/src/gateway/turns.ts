import { invalid, ServerError } from "../errors.js";
import { checkKind, dataUrlBytes, decodeImage, readingOf } from "../images.js";
import type { Service } from "../service.js";
import type { Message, Part } from "./chat-request.js";
import type { RemoteImages } from "./remote-images.js";

/** An image of a conversation in words. */
export interface ImageWords {
  /** 1 for the first image of the conversation. */
  readonly number: number;
  /** The nearest first. */
  readonly words: readonly string[];
}

/** The images of a conversation, by the part that each stands in. */
export type ImagesInWords = ReadonlyMap<Part, ImageWords>;

/** A message as a language model gets to read it. */
export interface Turn {
  readonly role: string;
  /** Texts and images in their order. */
  readonly parts: readonly (string | ImageWords)[];
}

/** What user or assistant said in one turn. */
export interface Said {
  readonly role: "user" | "assistant";
  readonly parts: Turn["parts"];
}

/**
 * What user and assistant said in turns; messages of one after the other belong together.
 * @throws ServerError for other roles, and where the last word is not the user's
 */
export function merged(turns: readonly Turn[]): Said[] {
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

/** All system messages; null where there is none. */
export function systemText(turns: readonly Turn[], between = " "): string | null {
  const system = turns.filter(({ role }) => isSystem(role)).map(({ parts }) => textsOf(parts));
  return system.length === 0 ? null : system.join(between);
}

/** The texts among the parts of a message. */
export function textsOf(parts: Turn["parts"]): string {
  return parts
    .filter((part) => typeof part === "string")
    .join(" ")
    .trim();
}

function isSystem(role: string): boolean {
  return role === "system" || role === "developer";
}

/** Images of one conversation. */
const MOST_IMAGES = 32;

export function hasImages(messages: readonly Message[]): boolean {
  return messages.some((message) => imagesOf(message).length > 0);
}

/**
 * Puts the images of a conversation into words. All pictures are read before the engines are asked.
 * @param count words of each image
 * @throws ServerError and V2LError where an image cannot be had or read
 */
export async function readImages(
  messages: readonly Message[],
  count: number,
  service: Service,
  remote: RemoteImages,
  signal: AbortSignal,
): Promise<ImagesInWords> {
  const places = messages.flatMap((message, m) => {
    return imagesOf(message).map((part) => ({ part, name: nameOf(m, message, part) }));
  });
  if (places.length > MOST_IMAGES) {
    throw invalid(`at most ${MOST_IMAGES} images`, "messages", places.length);
  }
  const files = await imageFiles(places, service, remote, signal);
  const words = files.length === 0 ? [] : await describe(places, files, service, signal);
  return new Map(
    places.map(({ part }, i) => {
      return [part, { number: i + 1, words: (words[i] ?? []).slice(0, count) }] as const;
    }),
  );
}

/** The conversation for a model that reads texts alone. @throws ServerError for other parts */
export function turnsOf(messages: readonly Message[], images: ImagesInWords): Turn[] {
  return messages.map((message) => ({ role: message.role, parts: partsOf(message, images) }));
}

/**
 * A message with its images as texts. Nothing else of it changes, but a content of texts alone becomes one
 * text, for servers that take no lists.
 */
export function withImageTexts(
  message: Message,
  images: ImagesInWords,
  toText: (image: ImageWords) => string,
): Message {
  const { content } = message;
  if (!Array.isArray(content) || imagesOf(message).length === 0) return message;
  const parts = content.map((part): Part => {
    const image = images.get(part);
    return image === undefined ? part : { type: "text", text: toText(image) };
  });
  if (parts.some(({ type }) => type !== "text")) return { ...message, content: parts };
  return { ...message, content: parts.map(({ text }) => text ?? "").join("\n") };
}

interface Place {
  readonly part: Part;
  /** What errors call it. */
  readonly name: string;
}

async function imageFiles(
  places: readonly Place[],
  { limits }: Service,
  remote: RemoteImages,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  let left = limits.bytes;
  for (const { part, name } of places) {
    const url = part.image_url?.url;
    if (url === undefined) throw invalid("an address", name, "none");
    if (/^data:/i.test(url)) {
      files.push(checkKind(dataUrlBytes(url, name), name));
      continue;
    }
    const bytes = await remote.read(url, left, name, signal);
    left -= bytes.length;
    files.push(checkKind(bytes, name));
  }
  return files;
}

function describe(
  places: readonly Place[],
  files: readonly Uint8Array[],
  service: Service,
  signal: AbortSignal,
): Promise<string[][]> {
  return service.engines.run(async () => {
    const words: string[][] = [];
    for (const [i, { name }] of places.entries()) {
      signal.throwIfAborted();
      const image = await decodeImage(files[i] as Uint8Array, service, name);
      words.push([...(await readingOf(image, service)).words]);
    }
    return words;
  }, signal);
}

function imagesOf({ content }: Message): Part[] {
  return Array.isArray(content) ? content.filter(({ type }) => type === "image_url") : [];
}

function nameOf(index: number, { content }: Message, part: Part): string {
  return `messages[${index}].content[${(content as Part[]).indexOf(part)}].image_url.url`;
}

function partsOf({ content }: Message, images: ImagesInWords): Turn["parts"] {
  if (!Array.isArray(content)) return content ? [content] : [];
  return content.map((part) => {
    const image = images.get(part);
    if (image !== undefined) return image;
    if (part.type === "text" && part.text !== undefined) return part.text;
    throw new ServerError(
      "REQUEST_INVALID",
      `Expected parts of type text or image_url beside images but received ${part.type.slice(0, 40)}`,
      { param: "messages" },
    );
  });
}
