import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { expected, V2LError } from "@v2l/nn";
import { savePng } from "v2l";
import type { Call } from "../command/command.js";
import type { DecodeOptions } from "../commands/decode.js";
import { withBundle } from "../inputs/bundle.js";
import { pictureFiles } from "../inputs/destinations.js";

export async function decode({ args, options, output }: Call<DecodeOptions>): Promise<void> {
  const [source = "-"] = args;
  await withBundle(options, async (v2l) => {
    const documents = parseDocuments(await readSource(source), source);
    const tokens = documents.map((document) => v2l.parseTokens(document));
    const names = documents.map((document, i) => imageName(document) ?? `image-${i + 1}`);
    const pictures = pictureFiles(options.out, "--out", names);
    const progress = output.progress("Decoding");
    let done = 0;
    for await (const image of v2l.decodeAll(tokens)) {
      await savePng(pictures[done] as string, image);
      done += 1;
      progress.update({ done, total: tokens.length });
    }
    progress.end();
    output.result({ pictures }, ...pictures);
  });
}

async function readSource(source: string): Promise<string> {
  if (source === "-") return text(process.stdin);
  return readFile(source, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const remedy = "Check the path";
    const message = expected("a file of tokens", "tokens", `${source} (${cause.code})`, remedy);
    throw new V2LError("FILE_NOT_FOUND", message, { cause });
  });
}

/** One document over any number of lines, or one on each line. */
function parseDocuments(content: string, source: string): unknown[] {
  const whole = parse(content);
  if (whole !== undefined) return [whole];
  const lines = content.split("\n").filter((line) => line.trim() !== "");
  const documents = lines.map(parse);
  const bad = documents.indexOf(undefined);
  if (bad < 0 && documents.length > 0) return documents;
  const received = documents.length > 0 ? `other text in line ${bad + 1}` : "nothing";
  const remedy = "Make one with `v2l tokenize --json`";
  throw new V2LError(
    "INVALID_ARGUMENT",
    expected("JSON documents of tokens", source, received, remedy),
  );
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The file the tokens were made of, where the document tells. */
function imageName(document: unknown): string | undefined {
  const { image } = document as { image?: unknown };
  return typeof image === "string" && image !== "" ? image : undefined;
}
