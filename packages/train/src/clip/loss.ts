/** Where a row's or column's probability should lie: the target distributions of one batch. */
export interface Targets {
  /** [B,T], rows sum to 1: for each picture, over the texts. */
  readonly rows: Float32Array;
  /** [B,T], columns sum to 1, or 0 where a text is true of no picture: over the pictures. */
  readonly columns: Float32Array;
}

/**
 * The targets of the symmetric objective. With several true pairs in a row or column, each gets an
 * equal share (exact positives instead of CLIP's assumption that all other pairs are false); in rows, texts
 * that are true of many pictures may get less.
 * @param truth [B,T], 1 where a pair is true; T is a multiple of B or more, and picture i has the texts
 * from i * textsEach on
 * @param multiPositive false: a picture's own texts only, as in CLIP
 */
export function contrastiveTargets(
  truth: Float32Array,
  { pictures, textsEach, multiPositive, rareFirst }: ContrastiveOptions,
): Targets {
  const texts = truth.length / pictures;
  const positive = (i: number, j: number) => {
    const own = Math.floor(j / textsEach) === i;
    return (multiPositive || own) && truth[i * texts + j] === 1 ? 1 : 0;
  };
  const columns = Float32Array.from(truth, (_, at) => positive(Math.floor(at / texts), at % texts));
  const picturesOf = new Float32Array(texts);
  columns.forEach((one, at) => {
    picturesOf[at % texts] = (picturesOf[at % texts] as number) + one;
  });
  const weights = picturesOf.map((count) => Math.max(1, count) ** -rareFirst);
  const rows = columns.map((one, at) => one * (weights[at % texts] as number));
  for (let i = 0; i < pictures; i++) {
    const row = rows.subarray(i * texts, (i + 1) * texts);
    const sum = row.reduce((total, one) => total + one, 0);
    row.forEach((one, j) => {
      row[j] = one / sum;
    });
  }
  for (const [at, one] of columns.entries()) {
    if (one > 0) columns[at] = 1 / (picturesOf[at % texts] as number);
  }
  return { rows, columns };
}

export interface ContrastiveOptions {
  readonly pictures: number;
  /** Texts about each picture. */
  readonly textsEach: number;
  readonly multiPositive: boolean;
  /** See `ClipTrainConfig.rareFirst`. */
  readonly rareFirst: number;
}

/** Share of rows whose largest logit is a true pair. */
export function retrievalAccuracy(
  logits: Float32Array,
  truth: Float32Array,
  pictures: number,
): number {
  const texts = truth.length / pictures;
  let hits = 0;
  for (let i = 0; i < pictures; i++) {
    let best = i * texts;
    for (let at = best; at < (i + 1) * texts; at++) {
      if ((logits[at] as number) > (logits[best] as number)) best = at;
    }
    hits += Number(truth[best] === 1);
  }
  return hits / pictures;
}
