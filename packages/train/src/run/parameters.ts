import {
  checkWeights,
  fromFloat32,
  type ParamSpec,
  type Run,
  type TensorData,
  toFloat32,
  type Weights,
} from "@v2l/nn";
import { aten, fromData, keep, noGrad, scope, type Tensor, type TorchOps } from "@v2l/torch";

/** The tensors of a network on libtorch, by name. Frees them with `dispose`. */
export class Parameters {
  private readonly tensors: ReadonlyMap<string, Tensor>;
  /** The trained ones, in order of declaration; without running statistics. */
  readonly trained: ReadonlyMap<string, Tensor>;

  /**
   * @param ops what they run on: its device holds them
   * @param trainable whether autograd records what happens to them, for all or by name
   * @param weights in any precision; computed with in float32
   * @throws V2LError CHECKPOINT_MISMATCH where `weights` are not exactly those of `specs`
   */
  constructor(
    private readonly ops: TorchOps,
    readonly specs: readonly ParamSpec[],
    weights: Weights,
    trainable: boolean | ((name: string) => boolean),
  ) {
    checkWeights(specs, weights);
    const isTrained = ({ name, buffer }: ParamSpec) =>
      !buffer && (typeof trainable === "function" ? trainable(name) : trainable);
    this.tensors = new Map(
      specs.map((spec) => {
        const data = float32(weights.get(spec.name) as TensorData);
        const options = { device: ops.device, requiresGrad: isTrained(spec) };
        return [spec.name, keep(fromData(data, options))];
      }),
    );
    this.trained = new Map(specs.filter(isTrained).map(({ name }) => [name, this.get(name)]));
  }

  get(name: string): Tensor {
    return this.tensors.get(name) as Tensor;
  }

  /** How layers reach these tensors. */
  run(training: boolean): Run<Tensor> {
    return { ops: this.ops, weight: (spec) => this.get(spec.name), training };
  }

  /** Copies at rest, each name after `prefix`. */
  weights(prefix = ""): Map<string, TensorData> {
    return new Map([...this.tensors].map(([name, tensor]) => [prefix + name, tensor.toData()]));
  }

  /**
   * Replaces all values.
   * @throws V2LError CHECKPOINT_MISMATCH
   */
  load(weights: Weights): void {
    checkWeights(this.specs, weights);
    noGrad(() =>
      scope(() => {
        for (const [name, tensor] of this.tensors) {
          aten.copy_(tensor, fromData(float32(weights.get(name) as TensorData)));
        }
      }),
    );
  }

  dispose(): void {
    for (const tensor of this.tensors.values()) tensor.dispose();
  }
}

/** The same values in float32. */
export function float32(data: TensorData): TensorData {
  return fromFloat32(toFloat32(data), data.shape);
}
