import type { TensorData, Weights } from "@v2l/nn";
import { AdamW, type Tensor } from "@v2l/torch";
import { optimizerWeights, restoreOptimizer } from "./optimizer-state.js";

export interface MatrixDecayOptions {
  readonly betas: readonly [number, number];
  readonly eps: number;
  /** On matrices only, not on biases, norms and other vectors. */
  readonly weightDecay: number;
}

/** AdamW whose weight decay leaves everything but matrices alone. */
export class MatrixDecayAdamW {
  private readonly matrices: AdamW;
  private readonly rest: AdamW;

  constructor(parameters: ReadonlyMap<string, Tensor>, options: MatrixDecayOptions) {
    const { betas, eps, weightDecay } = options;
    const ofRank = (matrix: boolean) =>
      new Map([...parameters].filter(([, { shape }]) => shape.length > 1 === matrix));
    this.matrices = new AdamW(ofRank(true), { lr: 0, betas, eps, weightDecay });
    this.rest = new AdamW(ofRank(false), { lr: 0, betas, eps, weightDecay: 0 });
  }

  /** One update at this learning rate; the gradients are forgotten. */
  step(rate: number): void {
    for (const optimizer of [this.matrices, this.rest]) {
      optimizer.lr = rate;
      optimizer.step();
      optimizer.zeroGrad();
    }
  }

  /** Moments and step counts, for a checkpoint. */
  state(): Map<string, TensorData> {
    return new Map([
      ...optimizerWeights(this.matrices, "matrices."),
      ...optimizerWeights(this.rest, "rest."),
    ]);
  }

  /** Goes on from the tensors of {@link state}; others among `weights` are ignored. */
  restore(weights: Weights): void {
    restoreOptimizer(this.matrices, weights, "matrices.");
    restoreOptimizer(this.rest, weights, "rest.");
  }

  dispose(): void {
    this.matrices.dispose();
    this.rest.dispose();
  }
}
