import { availableParallelism } from "node:os";

/** Threads of a language model that is measured: one core stays free, as the library leaves one. */
export const THREADS = Math.max(1, availableParallelism() - 1);
