import { choice, flag, integer, type Options, text } from "./option.js";

/** Accepted by every command, before or after its name. */
export const GENERAL = {
  json: flag("print results as JSON"),
  quiet: flag("no progress and no notes, results and errors only"),
  debug: flag("print the stack of an error"),
} satisfies Options;

/** For commands that run networks. */
export const SESSION = {
  device: choice("where to compute", "name", ["cpu", "webgpu", "cuda"], "cpu"),
  threads: integer("CPU threads of one operator (default: all physical cores)", "count", 1, 1024),
} satisfies Options;

/** For commands that run a bundle's networks. */
export const INFERENCE = {
  bundle: text("the bundle to use (default: the demo bundle)", "folder"),
  ...SESSION,
} satisfies Options;
