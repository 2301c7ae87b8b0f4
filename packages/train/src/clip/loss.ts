/** Where a row's or column's probability should lie: the target distributions of one batch. */
export interface Targets {
  /** [B,T], rows sum to 1: for each picture, over the texts. */
  readonly rows: Float32Array;
  /** [B,T], columns sum to 1, or 0 where a text is true of no picture: over the pictures. */
  readonly columns: Float32Array;
}

/**
 * The targets of the symmetric objective. With several true pairs in a row or column, each gets an
 * equal share (exact positives instead of CLIP's assumption that all other pairs are false).
 * @param truth [B,T], 1 where a pair is true; T is a multiple of B or more, and picture i has the texts
 * from i * textsEach on
 * @param multiPositive false: a picture's own texts only, as in CLIP
 */
export function contrastiveTargets(
  truth: Float32Array,
  { pictures, textsEach, multiPositive }: ContrastiveOptions,
): Targets {
  const texts = truth.length / pictures;
  const positive = (i: number, j: number) => {
    const own = Math.floor(j / textsEach) === i;
    return (multiPositive || own) && truth[i * texts + j] === 1 ? 1 : 0;
  };
  const rows = new Float32Array(truth.length);
  const columns = new Float32Array(truth.length);
  const inRow = new Float32Array(pictures);
  const inColumn = new Float32Array(texts);
  for (let i = 0; i < pictures; i++) {
    for (let j = 0; j < texts; j++) {
      const share = positive(i, j);
      rows[i * texts + j] = share;
      inRow[i] = (inRow[i] as number) + share;
      inColumn[j] = (inColumn[j] as number) + share;
    }
  }
  for (let at = 0; at < truth.length; at++) {
    const share = rows[at] as number;
    if (share === 0) continue;
    rows[at] = share / (inRow[Math.floor(at / texts)] as number);
    columns[at] = share / (inColumn[at % texts] as number);
  }
  return { rows, columns };
}

export interface ContrastiveOptions {
  readonly pictures: number;
  /** Texts about each picture. */
  readonly textsEach: number;
  readonly multiPositive: boolean;
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
