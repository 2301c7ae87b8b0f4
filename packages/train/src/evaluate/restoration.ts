import type { LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import {
  blindRestorer,
  copyingModel,
  inShard,
  Journal,
  type Mean,
  meanOf,
  measureRestoration,
  paperRestorer,
  RESTORATION_TASKS,
  type Reference,
  type RestorationFigures,
  type RestorationProtocol,
  type RestorationSystem,
  type RestorationTask,
  type RestoreOptions,
  readReferences,
  restorationBaselines,
  restorationCase,
  type Shift,
  type V2L,
  WHOLE,
} from "v2l";
import { randomFor } from "../run/random.js";
import type { Split } from "../world/index.js";
import type { LanguageModels } from "./language-models.js";
import type { EvaluationOptions } from "./language-scenes.js";
import type { ReadScenesOptions } from "./read-scenes.js";
import { type RestorationPictures, worldPictures } from "./restoration-pictures.js";
import type { DividedRun } from "./stretches.js";

/** What decides the figures of a restoration. */
export interface RestorationSetting {
  /** `validation` to choose settings by, `test` to report. */
  readonly split: Exclude<Split, "train">;
  /** Pictures that the blind protocol learns from: scenes of the train split, or other files. */
  readonly references: number;
  /** How the content of shifted pictures has moved. */
  readonly shift: Shift;
  /** How the blind protocol makes its prompts. */
  readonly blind: Omit<RestoreOptions, "protocol" | "references" | "signal" | "shift" | "seed">;
  /** For kernels, disturbances and random weights. */
  readonly seed: number;
}

export interface RestorationConfig extends RestorationSetting {
  readonly tasks: readonly RestorationTask[];
  /** With which prompts models restore. */
  readonly protocols: readonly RestorationProtocol[];
  /** Scenes of each task, at least 2. */
  readonly images: number;
  /** Scenes that the model of random weights restores, the first ones: 0, or at least 2. */
  readonly randomImages: number;
}

export interface RestorationRunOptions extends ReadScenesOptions, DividedRun {}

/** The figures of one system on one task. */
export interface RestorationRow {
  readonly task: RestorationTask;
  readonly system: string;
  readonly protocol: RestorationProtocol;
  readonly kind: RestorationSystem["kind"];
  readonly images: number;
  readonly tokenAccuracy: Mean;
  readonly psnr: Mean;
  readonly ssim: Mean;
}

/** How much better the language model is than a baseline, over the scenes that both restored. */
export interface RestorationLead {
  readonly task: RestorationTask;
  /** The language model's. */
  readonly protocol: RestorationProtocol;
  readonly baseline: string;
  readonly images: number;
  readonly tokenAccuracy: Mean;
  readonly psnr: Mean;
  readonly ssim: Mean;
}

export interface RestorationEvaluation {
  readonly rows: readonly RestorationRow[];
  readonly leads: readonly RestorationLead[];
  /** The file with the figures of every scene. */
  readonly journal: string;
}

/** The figures of one system on one scene. */
export interface RestorationEntry extends RestorationFigures {
  readonly task: RestorationTask;
  /** Number of the scene. */
  readonly image: number;
  readonly system: string;
  readonly protocol: RestorationProtocol;
  readonly kind: RestorationSystem["kind"];
}

/** What was measured, picture by picture. */
export interface RestorationMeasured {
  readonly entries: readonly RestorationEntry[];
  /** The file that has them. */
  readonly journal: string;
}

/** {@link measureRestorations} and {@link summarizeRestoration}, of all pictures. */
export async function evaluateRestoration(
  v2l: V2L,
  models: LanguageModels,
  config: RestorationConfig,
  options: Omit<RestorationRunOptions, "shard">,
  pictures: RestorationPictures = worldPictures(config.split),
): Promise<RestorationEvaluation> {
  const { entries, journal } = await measureRestorations(v2l, models, config, options, pictures);
  return { ...summarizeRestoration(entries), journal };
}

/**
 * Restores damaged pictures, by the language model and by all else there is.
 * @returns the figures of this shard's pictures, for {@link summarizeRestoration}
 */
export async function measureRestorations(
  v2l: V2L,
  models: LanguageModels,
  config: RestorationConfig,
  options: RestorationRunOptions,
  pictures: RestorationPictures = worldPictures(config.split),
): Promise<RestorationMeasured> {
  const { shard } = options;
  const { tasks, protocols, images, randomImages, ...setting } = config;
  checkCounts(config);
  const identity = {
    ...options.identity,
    ...setting,
    ...pictures.identity,
    ...(shard && { shard }),
  };
  const journal = Journal.open<RestorationEntry>(options.cache, "eval-restore", identity, options);
  for (const task of tasks) {
    await restoreAll(v2l, models, task, config, journal, pictures, options);
  }
  const entries = journal.entries.filter((one) => {
    return tasks.includes(one.task) && isAsked(one, one.image, config);
  });
  return { entries: onlyOnce(entries), journal: journal.path };
}

/** Runs side by side that share a journal, of one task each, measure what they have in common twice. */
function onlyOnce(entries: readonly RestorationEntry[]): RestorationEntry[] {
  return [
    ...new Map(entries.map((one) => [`${one.task} ${one.image} ${one.system}`, one])).values(),
  ];
}

/** An interval needs two scenes. */
function checkCounts({ images, randomImages }: RestorationConfig): void {
  const fits = images >= 2 && (randomImages === 0 || randomImages >= 2);
  if (fits && Number.isInteger(images) && Number.isInteger(randomImages)) return;
  const what = "at least two images, and no or at least two random images,";
  const received = `${images} and ${randomImages}`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "config", received));
}

/** Whether a system is to restore a scene. */
function isAsked(
  { kind, protocol }: Pick<RestorationSystem, "kind" | "protocol">,
  image: number,
  { images, randomImages, protocols }: RestorationConfig,
): boolean {
  if (image >= images || (kind === "control" && image >= randomImages)) return false;
  return (kind !== "control" && kind !== "model") || protocols.includes(protocol);
}

/** Adds to the journal what it does not have yet of a task. */
async function restoreAll(
  v2l: V2L,
  models: LanguageModels,
  task: RestorationTask,
  config: RestorationConfig,
  journal: Journal<RestorationEntry>,
  pictures: RestorationPictures,
  options: RestorationRunOptions,
): Promise<void> {
  const { images, seed, shift } = config;
  const key = ({ image, system }: Pick<RestorationEntry, "image" | "system">) =>
    `${image} ${system}`;
  const known = new Set(journal.entries.filter((one) => one.task === task).map(key));
  const missing = (systems: readonly RestorationSystem[], image: number) =>
    systems.filter((system) => {
      return isAsked(system, image, config) && !known.has(key({ image, system: system.name }));
    });
  const references = await readTaskReferences(v2l, task, config, pictures, options);
  const systems = await restorationSystems(v2l, models, task, config, references, options);
  const { signal, onEvent, shard = WHOLE } = options;
  let image = 0;
  for await (const { picture, stream } of pictures.evaluated(task, images, options)) {
    signal?.throwIfAborted();
    const left = inShard(image, shard) ? missing(systems, image) : [];
    if (left.length > 0) {
      const drawn = randomFor(seed, stream).bits();
      const one = await restorationCase(v2l, picture, task, { seed: drawn, shift });
      for (const system of left) {
        const { name, protocol, kind } = system;
        const figures = await measureRestoration(v2l, one, await system.restore(one));
        journal.add({ task, image, system: name, protocol, kind, ...figures });
      }
    }
    onEvent?.({ type: "prepare", what: task, done: ++image, total: images });
  }
}

/** Every way to restore pictures of a task, the language model first. */
async function restorationSystems(
  v2l: V2L,
  { llm, untrained }: LanguageModels,
  task: RestorationTask,
  { blind }: RestorationSetting,
  references: readonly Reference[],
  { signal }: EvaluationOptions,
): Promise<RestorationSystem[]> {
  const stopped = signal ? { signal } : {};
  const copying = await copyingModel(llm);
  const both = (model: LanguageModel, name: string, kind: "model" | "control") =>
    [
      {
        name: `${name}, blind`,
        protocol: "blind",
        kind,
        restore: blindRestorer(v2l, model, { ...blind, ...stopped, references }),
      },
      {
        name: `${name}, paper`,
        protocol: "paper",
        kind,
        restore: paperRestorer(v2l, model, stopped),
      },
    ] as const;
  return [
    ...both(llm, "language model", "model"),
    ...(untrained ? both(untrained, "random weights", "control") : []),
    ...restorationBaselines(v2l, task),
    {
      name: "examples copied",
      protocol: "blind",
      kind: "baseline",
      restore: blindRestorer(v2l, copying, { ...blind, ...stopped, references }),
    },
  ];
}

async function readTaskReferences(
  v2l: V2L,
  task: RestorationTask,
  { references: count, shift }: RestorationSetting,
  pictures: RestorationPictures,
  options: ReadScenesOptions,
): Promise<Reference[]> {
  const { signal, onEvent } = options;
  const what = `${task}: references`;
  return readReferences(v2l, await pictures.references(task, count, options), task, {
    shift,
    ...(signal ? { signal } : {}),
    onProgress: (done, total) => onEvent?.({ type: "prepare", what, done, total }),
  });
}

/** The table and the comparisons, from the figures of the scenes in any order. */
export function summarizeRestoration(
  entries: readonly RestorationEntry[],
): Pick<RestorationEvaluation, "rows" | "leads"> {
  const byImage = [...entries].sort((a, b) => a.image - b.image);
  const groups = grouped(byImage).sort(inTableOrder);
  const rows = groups.map((group) => {
    const { task, system, protocol, kind } = group[0];
    return { task, system, protocol, kind, images: group.length, ...means(group) };
  });
  const models = groups.filter(([{ kind }]) => kind === "model");
  const leads = models.flatMap((model) => {
    return groups.filter((other) => isRival(model, other)).map((other) => lead(model, other));
  });
  return { rows, leads };
}

/** The figures of one system on one task. */
type Group = readonly [RestorationEntry, ...RestorationEntry[]];

const KINDS: readonly RestorationSystem["kind"][] = ["model", "control", "ceiling", "baseline"];

/** By task and kind, whatever was measured first; models blind first. */
function inTableOrder([one]: Group, [other]: Group): number {
  const byTask = RESTORATION_TASKS.indexOf(one.task) - RESTORATION_TASKS.indexOf(other.task);
  const byKind = KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind);
  if (byTask !== 0 || byKind !== 0 || one.kind === "baseline") return byTask || byKind;
  return one.protocol.localeCompare(other.protocol);
}

/** In the order of their first entries. */
function grouped(entries: readonly RestorationEntry[]): Group[] {
  const groups = new Map<string, [RestorationEntry, ...RestorationEntry[]]>();
  for (const entry of entries) {
    const key = `${entry.task} ${entry.system}`;
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return [...groups.values()];
}

/** A model that knows the degraded picture only is not compared with what knows more. */
function isRival([model]: Group, [other]: Group): boolean {
  const knowsMore = model.protocol === "blind" && other.protocol === "paper";
  return other.kind === "baseline" && other.task === model.task && !knowsMore;
}

function lead(model: Group, baseline: Group): RestorationLead {
  const others = new Map(baseline.map((one) => [one.image, one]));
  const differences = model.flatMap((one) => {
    const other = others.get(one.image);
    if (other === undefined) return [];
    return [
      {
        tokenAccuracy: one.tokenAccuracy - other.tokenAccuracy,
        psnr: one.psnr - other.psnr,
        ssim: one.ssim - other.ssim,
      },
    ];
  });
  const { task, protocol } = model[0];
  const { system } = baseline[0];
  return { task, protocol, baseline: system, images: differences.length, ...means(differences) };
}

function means(figures: readonly RestorationFigures[]): Record<keyof RestorationFigures, Mean> {
  const of = (name: keyof RestorationFigures) => meanOf(figures.map((one) => one[name]));
  return { tokenAccuracy: of("tokenAccuracy"), psnr: of("psnr"), ssim: of("ssim") };
}
