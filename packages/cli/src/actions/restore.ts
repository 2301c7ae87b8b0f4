import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { LanguageModel } from "@v2l/llm";
import {
  type DamageOptions,
  damageImage,
  type Reference,
  type RestorationTask,
  type RestoreOptions as RestoreImageOptions,
  readReferences,
  restoreStepwise,
  type V2L,
} from "v2l";
import type { Call } from "../command/command.js";
import { UsageError } from "../command/errors.js";
import { interruptible } from "../command/interruptible.js";
import type { Values } from "../command/option.js";
import type { RestoreOptions, RestoringOptions, TaskName } from "../commands/restore.js";
import { blindOptions } from "../inputs/blind-options.js";
import { readDamaged } from "../inputs/damage.js";
import { pictureFiles } from "../inputs/destinations.js";
import { imageFiles } from "../inputs/images.js";
import { withReaders } from "../inputs/language-model.js";
import { count } from "../output/format.js";
import {
  claimFolder,
  restorationJson,
  restorationLine,
  savePictures,
} from "../output/restorations.js";

const TASK_OF: Readonly<Record<TaskName, RestorationTask>> = {
  inpaint: "inpainting",
  outpaint: "outpainting",
  deblur: "deblur",
  unshift: "shift",
  unrotate: "rotation",
};

/** The options of all commands that restore; each has those of its task. */
type RestoringValues = Values<RestoringOptions> & Partial<Values<RestoreOptions>>;

/** A call of one of these commands. */
interface RestoringCall extends Omit<Call, "options"> {
  readonly options: RestoringValues;
}

/** What all images are restored with. */
interface Restorer {
  readonly v2l: V2L;
  readonly llm: LanguageModel;
  /** The clean images to learn from, damaged in this way. */
  readonly examples: (damage: DamageOptions) => Promise<readonly Reference[]>;
}

export async function restore(call: RestoringCall, name: TaskName): Promise<void> {
  const { args, options, output, signal } = call;
  checkOptions(options);
  const message = "Stopped. What is written stays, and the same command goes on from there";
  await interruptible(signal, message, () =>
    withReaders(call, async ({ v2l, llm }) => {
      await v2l.checkLanguageModel(llm);
      const files = await imageFiles(args, output);
      const jobs = await openJobs(call, files, name, { v2l, llm });
      const examples = exampleReader(call, v2l, files, name);
      for (const [i, job] of jobs.entries()) {
        const note = jobs.length > 1 ? `image ${i + 1} of ${jobs.length}` : "";
        await restoreImage(call, { v2l, llm, examples }, name, job, note);
      }
    }),
  );
}

/** One image and where its pictures go. */
interface Job {
  readonly image: string;
  readonly picture: string;
  readonly strip?: string;
}

/** The images that are still to be restored: in a folder those without a picture. */
async function openJobs(
  { options, output }: RestoringCall,
  files: readonly string[],
  name: TaskName,
  { v2l, llm }: Omit<Restorer, "examples">,
): Promise<Job[]> {
  const { out, strip } = options;
  const pictures = pictureFiles(out, "--out", files);
  const strips = strip === undefined ? [] : pictureFiles(strip, "--strip", files);
  const jobs = files.map((image, i) => {
    return { image, picture: pictures[i] as string, ...(strips[i] && { strip: strips[i] }) };
  });
  if (extname(out).toLowerCase() === ".png") return jobs;
  await claimFolder(out, {
    ...resultOptions(options),
    task: name,
    bundle: v2l.manifest.name,
    llm: llm.info.id,
    vocabulary: llm.info.vocabularyHash,
  });
  const left = jobs.filter(({ picture }) => !existsSync(picture));
  const done = jobs.length - left.length;
  if (done > 0) output.note(`${count(done, "picture")} already there`);
  return left;
}

/** The options that results depend on. */
function resultOptions(options: RestoringValues): Record<string, unknown> {
  const others = ["json", "quiet", "debug", "out", "strip", "device", "threads", "batch", "llm"];
  return Object.fromEntries(Object.entries(options).filter(([name]) => !others.includes(name)));
}

/**
 * Reads the clean images of --examples, without those that are restored; anew only where an image is
 * damaged in another way than the one before.
 */
function exampleReader(
  { options, output, signal }: RestoringCall,
  v2l: V2L,
  files: readonly string[],
  name: TaskName,
): Restorer["examples"] {
  const { examples, protocol } = options;
  if (examples === undefined || protocol === "paper") return async () => [];
  const restored = new Set(files.map((file) => resolve(file)));
  let last: { readonly damage: DamageOptions; readonly references: Reference[] } | null = null;
  return async (damage) => {
    if (last && isDeepStrictEqual(last.damage, damage)) return last.references;
    const images = (await imageFiles([examples], output)).filter(
      (one) => !restored.has(resolve(one)),
    );
    const progress = output.progress("Reading examples");
    const references = await readReferences(v2l, images, TASK_OF[name], {
      ...damage,
      signal,
      onProgress: (done, total) => progress.update({ done, total }),
    });
    progress.end();
    last = { damage, references };
    return references;
  };
}

async function restoreImage(
  { options, output, signal }: RestoringCall,
  { v2l, llm, examples }: Restorer,
  name: TaskName,
  job: Job,
  note: string,
): Promise<void> {
  const task = TASK_OF[name];
  const { image, damage, share } = await readDamaged(v2l, job.image, name, options, output);
  const clean = options.damage ? damageImage(image, task, v2l.manifest, damage) : null;
  const input = clean?.degraded ?? image;
  const references = await examples(damage);
  const settings = { ...damage, ...promptOptions(options), references, signal };
  const progress = output.progress("Restoring");
  const steps = restoreStepwise(v2l, llm, input, task, settings);
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) {
    const { done, total } = step.value;
    progress.update({ done, total, note });
  }
  progress.end();
  const restoration = step.value;
  await savePictures(job, restoration, { v2l, image, original: clean?.clean ?? null, share });
  const line = `${job.image}\t${job.picture}\t${restorationLine(restoration)}`;
  output.result({ ...job, ...restorationJson(v2l, restoration) }, line);
}

/** The library's options for the command's. */
function promptOptions(options: RestoringValues): RestoreImageOptions {
  const { protocol, batch, seed, temperature, topP, paste = false } = options;
  return {
    ...blindOptions(options),
    protocol,
    batchSize: batch,
    seed,
    sampling: { temperature, topP, seed },
    paste,
  };
}

function checkOptions({ protocol, damage, margin }: RestoringValues): void {
  if (damage && protocol === "paper") {
    throw new UsageError(
      "Expected `--damage` or `--protocol paper` but received both, which damages twice",
    );
  }
  if ((margin?.length ?? 0) > 0 && (damage || protocol === "paper")) {
    const remedy = "What lies outside an image is not known: leave `--margin` out";
    throw new UsageError(`Expected no \`--margin\` for a clean image but received one. ${remedy}`);
  }
}
