import { type CommandGroup, defineCommand } from "../command/command.js";
import { choice, integerOr, type Options, requiredText, texts } from "../command/option.js";

const SCENES = {
  split: choice("seeds to draw from", "name", ["train", "validation", "test"], "test"),
  first: integerOr("number of the first scene", "number", 0, 0),
  minObjects: integerOr("least objects", "count", 1, 1, 3),
  maxObjects: integerOr("most objects", "count", 3, 1, 3),
  style: texts(
    "style of the objects, e.g. emojione; may be repeated (default: those trained)",
    "name",
  ),
  nouns: choice("which objects", "name", ["trained", "novel", "all"], "trained"),
} satisfies Options;
export type SceneOptions = typeof SCENES;

const sheetOptions = {
  ...SCENES,
  out: requiredText("the .png file", "file", { short: "o" }),
  count: integerOr("scenes to draw", "count", 48, 1, 1000),
} satisfies Options;
export type SheetOptions = typeof sheetOptions;

const renderOptions = {
  ...SCENES,
  out: requiredText("new folder", "folder", { short: "o" }),
  count: integerOr("scenes to draw", "count", 1000, 1),
} satisfies Options;
export type RenderOptions = typeof renderOptions;

const sheet = defineCommand({
  name: "sheet",
  summary: "Draw a contact sheet of scenes with their captions.",
  options: sheetOptions,
  examples: [["v2l world sheet --out sheet.png --style emojione", "48 scenes of the unseen style"]],
  run: async (call) => (await import("../actions/world.js")).worldSheet(call),
});

const render = defineCommand({
  name: "render",
  summary: "Write scenes as a data set: PNGs, captions, objects, questions and answers.",
  details: "scenes.jsonl has one line for each picture.",
  options: renderOptions,
  examples: [["v2l world render --split train --count 5000 --out scenes", "a folder to train on"]],
  run: async (call) => (await import("../actions/world.js")).worldRender(call),
});

export const world: CommandGroup = {
  name: "world",
  summary: "Draw scenes of the demo world.",
  commands: [sheet, render],
};
