import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** What the routes find in their context. */
export interface Environment {
  readonly Bindings: HttpBindings;
  readonly Variables: {
    /** Aborted when the client leaves, the time is over, or the server must stop. */
    readonly signal: AbortSignal;
    /** What the log keeps of an error. */
    error: unknown;
  };
}

export type RequestContext = Context<Environment>;
