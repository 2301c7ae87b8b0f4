import { dirname } from "node:path";
import { checkFreeSpace, type HubFileInfo, type HubOptions, hubFile, hubFileInfo } from "@v2l/llm";
import { expected } from "@v2l/nn";
import type { Call } from "../command/command.js";
import { UsageError } from "../command/errors.js";
import { interruptible } from "../command/interruptible.js";
import type { PullOptions } from "../commands/pull.js";
import { count } from "../output/format.js";
import type { Output } from "../output/output.js";
import { CLIP_FILES, MANUAL_FILES, type ManualFile } from "../presets/paper-files.js";

type PullCall = Call<PullOptions>;

const STOPPED = "Stopped. The same command goes on";

export async function pullPaper(call: PullCall): Promise<void> {
  const { options, output, signal } = call;
  const { skipClip, skipLlm } = options;
  const clip = skipClip ? [] : clipReferences(options.clip);
  const llm = skipLlm ? [] : [options.llm];
  const paths = await interruptible(signal, STOPPED, () => fetchAll([...clip, ...llm], call));
  const [first] = paths;
  const found = {
    clip: skipClip || first === undefined ? null : dirname(first),
    llm: skipLlm ? null : (paths.at(-1) ?? null),
  };
  output.result({ ...found, manual: MANUAL_FILES }, ...lines(found));
}

function clipReferences(repository: string): string[] {
  if (/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    return CLIP_FILES.map((file) => `hf:${repository}/${file}`);
  }
  throw new UsageError(expected("owner/name", "--clip", repository));
}

/** Fetches what is not there yet. @returns the paths, in the order of the references */
async function fetchAll(references: readonly string[], call: PullCall): Promise<string[]> {
  const { options, output, signal } = call;
  const hub: HubOptions = {
    signal,
    ...(options.dir === undefined ? {} : { cacheFolder: options.dir }),
  };
  const infos: HubFileInfo[] = [];
  for (const reference of references) infos.push(await hubFileInfo(reference, hub));
  await checkRoom(infos);
  const paths: string[] = [];
  for (const [i, reference] of references.entries()) {
    const { path, present } = infos[i] as HubFileInfo;
    if (present) output.note(`${path}: already there`);
    else await fetchOne(reference, hub, output);
    paths.push(path);
  }
  return paths;
}

async function checkRoom(infos: readonly HubFileInfo[]): Promise<void> {
  const missing = infos.filter(({ present }) => !present);
  const bytes = missing.reduce((sum, one) => sum + (one.bytes ?? 0) - one.presentBytes, 0);
  const [first] = missing;
  if (first !== undefined) await checkFreeSpace(dirname(first.path), bytes);
}

async function fetchOne(reference: string, hub: HubOptions, output: Output): Promise<void> {
  const progress = output.progress(reference.slice(reference.lastIndexOf("/") + 1));
  const show = (done: number, total: number | null) => {
    progress.update({ done: megabytes(done), total: megabytes(total ?? done), note: "MB" });
  };
  try {
    await hubFile(reference, { ...hub, onProgress: show });
  } finally {
    progress.end();
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function lines({ clip, llm }: { readonly clip: string | null; readonly llm: string | null }) {
  const command =
    `v2l import v2l-decode.pth --codebooks CODEBOOKS --out paper-bundle` +
    (clip === null ? "" : ` --clip ${clip}`);
  return [
    ...(clip === null ? [] : [`CLIP: ${clip}`]),
    ...(llm === null ? [] : [`language model: ${llm}`]),
    "",
    `Fetch by hand (${count(MANUAL_FILES.length, "thing")}):`,
    ...MANUAL_FILES.flatMap(manualLines),
    "",
    "Then:",
    `  ${command}`,
    "  v2l eval paper",
  ];
}

function manualLines({ what, where, use }: ManualFile): string[] {
  return [`- ${what}`, `  from ${where}`, `  for  ${use}`];
}
