import { Random } from "@v2l/nn";
import type { Generated, GenerateItem } from "../language-model.js";
import type { ServerDialect } from "./dialect.js";

/** Extends a prompt until all positions are filled or a stop token is there. */
export async function generate(
  dialect: Pick<ServerDialect, "extend">,
  { prompt, allowed, stop = [], sampling }: GenerateItem,
  signal: AbortSignal,
): Promise<Generated> {
  const choice = { sampling, stop, random: new Random(sampling?.seed ?? 0) };
  const tokens: number[] = [];
  const logProbs: number[] = [];
  while (tokens.length < allowed.length) {
    const rest = allowed.slice(tokens.length);
    const run = await dialect.extend([...prompt, ...tokens], rest, choice, signal);
    for (const [i, token] of run.tokens.entries()) {
      tokens.push(token);
      logProbs.push(run.logProbs[i] as number);
      if (stop.includes(token)) return { tokens, logProbs: Float32Array.from(logProbs) };
    }
  }
  return { tokens, logProbs: Float32Array.from(logProbs) };
}
