import { type AnyCommand, defineCommand } from "../command/command.js";
import {
  choice,
  flag,
  integerOr,
  numberOr,
  type Options,
  requiredText,
  text,
  texts,
} from "../command/option.js";
import { FILLING, IMAGES, PROMPTS, READERS } from "../command/shared-options.js";

/** For all commands that restore. */
const RESTORING = {
  ...READERS,
  out: requiredText("where the restored pictures go: a .png file, or a folder", "path", {
    short: "o",
  }),
  strip: text("also a picture of before and after, side by side: a .png file, or a folder", "path"),
  examples: text("clean images to learn from: a folder", "folder"),
  nearest: integerOr("how many of these, the ones with the most similar words", "count", 4, 0),
  protocol: choice(
    "restore a damaged image, or repeat the paper's evaluation with a clean one",
    "name",
    ["blind", "paper"],
    "blind",
  ),
  damage: flag("the images are clean: damage them first, and show them in the strip"),
  ...PROMPTS,
  temperature: numberOr(
    "0: always the likeliest token; 1: by its probabilities",
    "number",
    0,
    0,
    10,
  ),
  topP: numberOr("only the likeliest tokens that reach this probability", "number", 1, 0.01, 1),
  seed: integerOr("for whatever is drawn at random", "number", 0, 0),
  batch: integerOr("prompts that go to the language model in one call", "count", 32, 1),
} satisfies Options;
export type RestoringOptions = typeof RESTORING;

/** For tasks in which cells are hidden. */
const HIDDEN = {
  ...FILLING,
  paste: flag("put the known pixels back outside the restored cells"),
} satisfies Options;

const MASK = {
  mask: text("a picture as large as the image, bright where it is to be restored", "file"),
  rect: text("a rectangle to restore, in pixels of the image", "x,y,width,height"),
} satisfies Options;

const MARGIN = {
  margin: texts(
    "tokens to add at a side, left, right, top or bottom; may be repeated",
    "side=count",
  ),
} satisfies Options;

const SHIFT = {
  right: integerOr("how far the content has to go back to the right, in tokens", "count", 2, 0),
  down: integerOr("how far it has to go down, in tokens", "count", 2, 0),
} satisfies Options;

const KERNEL = {
  kernel: integerOr("side of the Gaussian blur in pixels, odd", "pixels", 9, 1),
} satisfies Options;

const FIRST =
  "A language model writes the local tokens of the damaged part, and the decoder makes the picture. Its " +
  "vocabulary must be that of the bundle. Examples in its prompts are the visible part of the image and " +
  "clean images of a folder; nothing comes from what is hidden. With --protocol paper the image must be " +
  "clean, and the prompts contain most of the answer (docs/restoration.md). ";
const LAST =
  "With a folder for --out, pictures that are already there are left as they are: a command that was " +
  "killed goes on where it was. --json prints tokens and log-probabilities.";

const inpaintOptions = { ...RESTORING, ...HIDDEN, ...MASK } satisfies Options;
const outpaintOptions = { ...RESTORING, ...HIDDEN, ...MARGIN } satisfies Options;
const unshiftOptions = { ...RESTORING, ...HIDDEN, ...SHIFT } satisfies Options;
const deblurOptions = { ...RESTORING, ...KERNEL } satisfies Options;

export const TASKS = ["inpaint", "outpaint", "deblur", "unshift", "unrotate"] as const;
export type TaskName = (typeof TASKS)[number];

const restoreOptions = {
  task: choice("what to undo", "name", TASKS, "inpaint"),
  ...RESTORING,
  ...HIDDEN,
  ...MASK,
  ...MARGIN,
  ...SHIFT,
  ...KERNEL,
} satisfies Options;
export type RestoreOptions = typeof restoreOptions;

const action = async () => import("../actions/restore.js");

const inpaint = defineCommand({
  name: "inpaint",
  summary: "Let a language model fill in a part of images.",
  details:
    `${FIRST}Without --mask and --rect the middle is filled in, as in the paper. Masks are widened to ` +
    `whole cells of the token grid. ${LAST}`,
  argument: IMAGES,
  options: inpaintOptions,
  examples: [
    ["v2l inpaint photo.png --mask mask.png --out restored.png", "what is bright in mask.png"],
    ["v2l inpaint photo.png --rect 40,40,30,20 --out a.png --strip b.png", "a rectangle"],
    ["v2l inpaint photos --examples clean --paste --out restored", "a folder, by other images"],
  ],
  orderly: true,
  run: async (call) => (await action()).restore(call, "inpaint"),
});

const outpaint = defineCommand({
  name: "outpaint",
  summary: "Let a language model extend images.",
  details:
    `${FIRST}--margin adds tokens at the sides of the image. Without it the lower half is written anew, ` +
    `as in the paper. ${LAST}`,
  argument: IMAGES,
  options: outpaintOptions,
  examples: [
    ["v2l outpaint photo.png --margin right=4 --out wider.png", "four columns of tokens more"],
    ["v2l outpaint photo.png --examples clean --out half.png", "the lower half anew"],
  ],
  orderly: true,
  run: async (call) => (await action()).restore(call, "outpaint"),
});

const deblur = defineCommand({
  name: "deblur",
  summary: "Let a language model sharpen images.",
  details: `${FIRST}The examples are blurred as --kernel says. ${LAST}`,
  argument: IMAGES,
  options: deblurOptions,
  examples: [["v2l deblur photo.png --examples clean --kernel 7 --out sharp.png", "a light blur"]],
  orderly: true,
  run: async (call) => (await action()).restore(call, "deblur"),
});

const unshift = defineCommand({
  name: "unshift",
  summary: "Let a language model undo a shift of images.",
  details: `${FIRST}The image is moved back, and the model fills in what is then empty. ${LAST}`,
  argument: IMAGES,
  options: unshiftOptions,
  examples: [["v2l unshift photo.png --right 4 --down 0 --out back.png", "four columns"]],
  orderly: true,
  run: async (call) => (await action()).restore(call, "unshift"),
});

const unrotate = defineCommand({
  name: "unrotate",
  summary:
    "Let a language model turn images back that were turned counter-clockwise by 90 degrees.",
  details: `${FIRST}${LAST}`,
  argument: IMAGES,
  options: RESTORING,
  examples: [["v2l unrotate photo.png --examples clean --out upright.png", "by other images"]],
  orderly: true,
  run: async (call) => (await action()).restore(call, "unrotate"),
});

const restoreCommand = defineCommand({
  name: "restore",
  summary: "Let a language model restore images: all tasks under one name.",
  details: `${FIRST}Options that a task does not know are left aside. ${LAST}`,
  argument: IMAGES,
  options: restoreOptions,
  examples: [
    ["v2l restore photos --task deblur --damage --strip strips --out out", "blur, then sharpen"],
  ],
  orderly: true,
  run: async (call) => (await action()).restore(call, call.options.task),
});

export const RESTORATION: readonly AnyCommand[] = [
  inpaint,
  outpaint,
  deblur,
  unshift,
  unrotate,
  restoreCommand,
];
