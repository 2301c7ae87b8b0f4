import type { AnyCommand, CommandGroup } from "../command/command.js";
import { ask } from "./ask.js";
import { caption } from "./caption.js";
import { classify } from "./classify.js";
import { codebook } from "./codebook.js";
import { decode } from "./decode.js";
import { demo } from "./demo.js";
import { doctor } from "./doctor.js";
import { evaluate } from "./evaluate.js";
import { importCommand } from "./import.js";
import { pull } from "./pull.js";
import { reconstruct } from "./reconstruct.js";
import { RESTORATION } from "./restore.js";
import { serve } from "./serve.js";
import { tokenize } from "./tokenize.js";
import { train } from "./train.js";
import { world } from "./world.js";

/** All commands, in the order of the help. */
export const COMMANDS: readonly (AnyCommand | CommandGroup)[] = [
  demo,
  tokenize,
  reconstruct,
  decode,
  classify,
  caption,
  ask,
  ...RESTORATION,
  serve,
  importCommand,
  pull,
  codebook,
  train,
  world,
  evaluate,
  doctor,
];
