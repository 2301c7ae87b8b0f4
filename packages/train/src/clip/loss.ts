/** Where a row's or column's probability should lie: the target distributions of one batch. */
export interface Targets {
  /** [B,B], rows sum to 1: for each picture, over the texts. */
  readonly rows: Float32Array;
  /** [B,B], columns sum to 1: for each text, over the pictures. */
  readonly columns: Float32Array;
}

/**
 * The targets of the symmetric objective. With several true pairs in a row or column, each gets an
 * equal share (exact positives instead of CLIP's assumption that all other pairs are false).
 * @param truth [B,B], 1 where a pair is true; the diagonal is
 * @param multiPositive false: the diagonal only, as in CLIP
 */
export function contrastiveTargets(
  truth: Float32Array,
  batch: number,
  multiPositive: boolean,
): Targets {
  const rows = new Float32Array(batch * batch);
  const columns = new Float32Array(batch * batch);
  const positive = (i: number, j: number) =>
    multiPositive ? (truth[i * batch + j] as number) : Number(i === j);
  for (let i = 0; i < batch; i++) {
    let inRow = 0;
    let inColumn = 0;
    for (let j = 0; j < batch; j++) {
      inRow += positive(i, j);
      inColumn += positive(j, i);
    }
    for (let j = 0; j < batch; j++) {
      rows[i * batch + j] = positive(i, j) / inRow;
      columns[j * batch + i] = positive(j, i) / inColumn;
    }
  }
  return { rows, columns };
}

/** Share of rows whose largest logit is a true pair. */
export function retrievalAccuracy(
  logits: Float32Array,
  truth: Float32Array,
  batch: number,
): number {
  let hits = 0;
  for (let i = 0; i < batch; i++) {
    let best = i * batch;
    for (let at = best; at < (i + 1) * batch; at++) {
      if ((logits[at] as number) > (logits[best] as number)) best = at;
    }
    hits += truth[best] as number;
  }
  return hits / batch;
}
