import { readFile } from "node:fs/promises";
import { expected, V2LError } from "@v2l/nn";
import { joinShards, type PartialResult, readPartialResult } from "v2l";
import type { Call } from "../command/command.js";
import type { MergeOptions } from "../commands/evaluate-images.js";
import { concludeWhole } from "../evaluations/conclude.js";

export async function mergeShards({ args, options, output }: Call<MergeOptions>): Promise<void> {
  const partials: PartialResult[] = [];
  for (const path of args) partials.push(await readShard(path));
  const { subject, parts } = joinShards(partials, args);
  await concludeWhole(output, options.out, subject, parts);
}

async function readShard(path: string): Promise<PartialResult> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    const what = "a file that an evaluation with --shard wrote";
    throw new V2LError("FILE_NOT_FOUND", expected(what, path, "nothing readable"), { cause });
  });
  return readPartialResult(parsed(text), path);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
