/** Learning rate over a run, in (fractional) epochs. */
export interface Schedule {
  readonly lr: number;
  readonly minLr: number;
  readonly warmupEpochs: number;
  readonly epochs: number;
}

/**
 * The learning rate at a fractional epoch: linear from 0 to `lr` over the warm-up, then half a cosine
 * down to `minLr`; a run that is all warm-up ends at `lr`. As in the official code, `minLr` plays no part in the warm-up.
 */
export function learningRate(schedule: Schedule, epoch: number): number {
  const { lr, minLr, warmupEpochs, epochs } = schedule;
  if (epoch < warmupEpochs) return (lr * epoch) / warmupEpochs;
  const rest = epochs - warmupEpochs;
  const progress = rest > 0 ? Math.min(1, (epoch - warmupEpochs) / rest) : 0;
  return minLr + (lr - minLr) * 0.5 * (1 + Math.cos(Math.PI * progress));
}
