import type { LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import type { V2L } from "v2l";
import type { Metrics } from "./http/metrics.js";
import type { Limits } from "./limits.js";
import type { RequestQueue } from "./queue.js";
import type { Scenes } from "./scenes.js";

/** What the routes answer with: one bundle and at most one language model for all of them. */
export interface Service {
  readonly v2l: V2L;
  readonly llm: LanguageModel | null;
  /** Whether the model's vocabulary is the bundle's. */
  readonly restores: boolean;
  readonly scenes: Scenes;
  readonly limits: Limits;
  /** In front of the bundle's networks and the language model. */
  readonly engines: RequestQueue;
  readonly metrics: Metrics;
}

/** @throws V2LError UNSUPPORTED where the server has no language model */
export function requireModel({ llm }: Pick<Service, "llm">): LanguageModel {
  if (llm !== null) return llm;
  const remedy = "Start the server with one, or with a bundle that has its own";
  throw new V2LError("UNSUPPORTED", expected("a language model", "llm", "none", remedy));
}
