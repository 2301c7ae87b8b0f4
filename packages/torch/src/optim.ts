import type { TensorData, Weights } from "@v2l/nn";
import { noGrad } from "./autograd.js";
import { TorchError } from "./error.js";
import { keep, scope } from "./memory.js";
import * as aten from "./operators.js";
import { fromData, type Tensor } from "./tensor.js";

export interface AdamOptions {
  readonly lr: number;
  /** Decay of the first and second moments; [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment after its bias correction; 1e-8 by default. */
  readonly eps?: number;
  /** 0 by default; 0.01 for {@link AdamW}, as in PyTorch. */
  readonly weightDecay?: number;
}

/** What an optimiser must remember between runs. */
export interface OptimizerState {
  /** Updates so far, by parameter name. Parameters that never had a gradient are absent. */
  readonly steps: Readonly<Record<string, number>>;
  /** `<parameter>.exp_avg` and `<parameter>.exp_avg_sq`. */
  readonly moments: Weights;
}

interface Moments {
  step: number;
  readonly first: Tensor;
  readonly second: Tensor;
}

/**
 * Adam (Kingma and Ba, 2015) with PyTorch's numerics: the L2 penalty is added to the gradient, and
 * eps is added after the bias correction. Works on all parameters at once by foreach operators.
 * Parameters without a gradient are left alone.
 */
export class Adam {
  /** The learning rate of the next step; set it freely. */
  lr: number;
  readonly #params: ReadonlyMap<string, Tensor>;
  readonly #moments = new Map<string, Moments>();
  protected readonly betas: readonly [number, number];
  protected readonly eps: number;
  protected readonly weightDecay: number;

  constructor(params: ReadonlyMap<string, Tensor>, options: AdamOptions) {
    this.#params = params;
    this.lr = options.lr;
    this.betas = options.betas ?? [0.9, 0.999];
    this.eps = options.eps ?? 1e-8;
    this.weightDecay = options.weightDecay ?? 0;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const param of this.#params.values()) param.grad = null;
  }

  /** One update from the gradients that `backward` left in `grad`. */
  step(): void {
    noGrad(() => scope(() => this.#update()));
  }

  /** A copy of the moments and step counts, for a checkpoint. */
  state(): OptimizerState {
    const steps: Record<string, number> = {};
    const moments = new Map<string, TensorData>();
    for (const [name, { step, first, second }] of this.#moments) {
      steps[name] = step;
      moments.set(`${name}.exp_avg`, first.toData());
      moments.set(`${name}.exp_avg_sq`, second.toData());
    }
    return { steps, moments };
  }

  /**
   * Goes on from a state of {@link state}.
   * @throws TorchError `INVALID_ARGUMENT` where it is not of these parameters.
   */
  load(state: OptimizerState): void {
    this.dispose();
    for (const [name, step] of Object.entries(state.steps)) {
      const param = this.#params.get(name);
      const first = state.moments.get(`${name}.exp_avg`);
      const second = state.moments.get(`${name}.exp_avg_sq`);
      if (!param || !first || !second || String(first.shape) !== String(param.shape)) {
        throw new TorchError(
          "INVALID_ARGUMENT",
          `Expected the moments of this optimiser's parameters for \`state\` but received others: ${name}`,
        );
      }
      const { device } = param;
      this.#moments.set(name, {
        step,
        first: keep(fromData(first, { device })),
        second: keep(fromData(second, { device })),
      });
    }
  }

  /** Frees the moments. The parameters stay. */
  dispose(): void {
    for (const { first, second } of this.#moments.values()) {
      first.dispose();
      second.dispose();
    }
    this.#moments.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The gradients to follow, after weight decay, which may change `params` in place. */
  protected decay(params: readonly Tensor[], grads: readonly Tensor[]): readonly Tensor[] {
    if (this.weightDecay === 0) return grads;
    return aten.foreachAdd(grads, params, this.weightDecay);
  }

  #update(): void {
    const params: Tensor[] = [];
    const raw: Tensor[] = [];
    const moments: Moments[] = [];
    for (const [name, param] of this.#params) {
      const grad = param.grad;
      if (grad === null) continue;
      params.push(param);
      raw.push(grad);
      moments.push(this.#momentsOf(name, param));
    }
    if (params.length === 0) return;
    const grads = this.decay(params, raw);
    const first = moments.map((moment) => moment.first);
    const second = moments.map((moment) => moment.second);
    const steps = moments.map((moment) => ++moment.step);
    const [beta1, beta2] = this.betas;

    aten.foreachMulScalar_(first, beta1);
    aten.foreachAdd_(first, grads, 1 - beta1);
    aten.foreachMulScalar_(second, beta2);
    aten.foreachAddcmul_(second, grads, grads, 1 - beta2);

    const denominators = aten.foreachSqrt(second);
    aten.foreachDivScalars_(
      denominators,
      steps.map((step) => Math.sqrt(1 - beta2 ** step)),
    );
    aten.foreachAddScalar_(denominators, this.eps);
    const stepSizes = steps.map((step) => -this.lr / (1 - beta1 ** step));
    aten.foreachAddcdiv_(params, first, denominators, stepSizes);
  }

  #momentsOf(name: string, param: Tensor): Moments {
    let moments = this.#moments.get(name);
    if (moments === undefined) {
      moments = {
        step: 0,
        first: keep(aten.zerosLike(param)),
        second: keep(aten.zerosLike(param)),
      };
      this.#moments.set(name, moments);
    }
    return moments;
  }
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019): parameters shrink by lr * decay. */
export class AdamW extends Adam {
  constructor(params: ReadonlyMap<string, Tensor>, options: AdamOptions) {
    super(params, { weightDecay: 0.01, ...options });
  }

  protected override decay(params: readonly Tensor[], grads: readonly Tensor[]): readonly Tensor[] {
    if (this.weightDecay !== 0) aten.foreachMulScalar_(params, 1 - this.lr * this.weightDecay);
    return grads;
  }
}
