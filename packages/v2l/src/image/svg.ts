const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * Text for an XML document. What XML cannot hold or a font cannot show (control characters, halves of
 * surrogate pairs) becomes U+FFFD.
 */
export function escapeXml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, "\uFFFD")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** Average width of a bold letter, in font sizes; generous. */
const LETTER_WIDTH = 0.72;

/** The font size, at most `largest`, at which `text` is about `width` pixels wide or less. */
export function fitFont(text: string, largest: number, width: number): number {
  const size = Math.min(largest, width / (LETTER_WIDTH * Math.max([...text].length, 1)));
  return Math.round(size * 10) / 10;
}

/** The first `longest` letters, the last of them an ellipsis where the text goes on. */
export function shorten(text: string, longest: number): string {
  const letters = [...text];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join("")}…` : text;
}
