import type { EvaluationSubject } from "v2l";
import type { Findings } from "../report/report.js";

/**
 * An evaluation that can be divided: its shards measure parts, as JSON, and all parts together give the
 * result. `P` is what one shard measures, `R` the result, `F` what it adds to the subject in JSON.
 */
export interface Evaluation<P, R, F extends object = object> {
  /** Of its report. */
  readonly title: string;
  /** @param parts of all shards, in their order; one of the whole */
  summarize(parts: readonly P[]): R;
  /** What a result adds to the subject in JSON: its names must be others than the subject's. */
  figures(result: R): F;
  /** The result that gave these figures. @param figures among the names of the subject */
  resultOf(figures: F): R;
  /**
   * Tables, charts and pictures of a result.
   * @param parts none where only the result is left; there are no pictures then
   */
  findings(subject: EvaluationSubject, result: R, parts: readonly P[]): Promise<Findings>;
}
