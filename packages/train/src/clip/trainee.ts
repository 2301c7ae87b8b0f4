import { type ClipNetwork, clipNetwork, unitNorm, type Weights } from "@v2l/nn";
import { aten, backward, noGrad, scope, type Tensor, TorchOps, tensor } from "@v2l/torch";
import { withoutPrefix } from "../run/checkpoint.js";
import type { LogRecord } from "../run/events.js";
import type { Trainee } from "../run/loop.js";
import { MatrixDecayAdamW } from "../run/matrix-decay.js";
import { Parameters } from "../run/parameters.js";
import { learningRate } from "../run/schedule.js";
import type { ClipBatch } from "./batch.js";
import type { ClipTrainConfig } from "./config.js";
import { contrastiveTargets, retrievalAccuracy } from "./loss.js";

/** Largest logarithm of the inverse temperature; CLIP clips it there. */
const MAX_LOGIT_SCALE = Math.log(100);

/** Where batches come from: each is a function of its step. */
export interface ClipBatches {
  get(step: number): Promise<ClipBatch>;
}

/** A CLIP in training: AdamW on the symmetric contrastive objective. */
export class ClipTrainee implements Trainee {
  private readonly network: ClipNetwork;
  private readonly ops: TorchOps;
  private readonly parameters: Parameters;
  private readonly optimizer: MatrixDecayAdamW;

  constructor(
    private readonly config: ClipTrainConfig,
    private readonly batches: ClipBatches,
    start: Weights,
  ) {
    this.ops = new TorchOps(config.device);
    this.network = clipNetwork(config.model);
    const { params } = this.network;
    const isTrained = (name: string) => !config.lockText || name.startsWith("visual.");
    this.parameters = new Parameters(this.ops, params, start, isTrained);
    this.optimizer = new MatrixDecayAdamW(this.parameters.trained, config);
  }

  async step(step: number): Promise<LogRecord> {
    const batch = await this.batches.get(step);
    const { lr, minLr, warmupSteps, steps } = this.config;
    // Steps count from one here: a warm-up from zero would waste the first.
    const rate = learningRate({ lr, minLr, warmupEpochs: warmupSteps, epochs: steps }, step + 1);
    return { ...scope(() => this.update(batch, rate)), lr: rate };
  }

  /** The model's own tensors only, under their checkpoint names. */
  weights(): Weights {
    return this.parameters.weights();
  }

  state(): Weights {
    return new Map([...this.parameters.weights("model."), ...this.optimizer.state()]);
  }

  restore(state: Weights): void {
    this.parameters.load(withoutPrefix(state, "model."));
    this.optimizer.restore(state);
  }

  dispose(): void {
    this.optimizer.dispose();
    this.parameters.dispose();
  }

  private update(batch: ClipBatch, rate: number) {
    const size = this.config.batch;
    const logits = this.logits(batch);
    const loss = this.loss(logits, batch);
    backward(loss);
    this.optimizer.step(rate);
    const scale = this.parameters.get("logit_scale");
    noGrad(() => aten.copy_(scale, aten.clamp(scale, 0, MAX_LOGIT_SCALE)));
    return {
      loss: loss.item(),
      accuracy: retrievalAccuracy(logits.toFloat32Array(), batch.truth, size),
      temperature: Math.exp(-scale.item()),
    };
  }

  /** Cosine similarities of pictures (rows) and texts (columns) over the temperature [B,B]. */
  private logits({ pixels, ids, length }: ClipBatch): Tensor {
    const { ops, network, config } = this;
    const run = this.parameters.run(true);
    const side = config.model.vision.imageSize;
    const device = { device: ops.device };
    const images = tensor(pixels, [config.batch, 3, side, side], device);
    const texts = tensor(ids, [config.batch, length], device);
    const pictures = unitNorm(ops, network.encodeImage(run, images), 1);
    const words = unitNorm(ops, network.encodeText(run, texts), 1);
    const similarities = ops.matmul(pictures, ops.permute(words, [1, 0]));
    return ops.mul(similarities, aten.exp(this.parameters.get("logit_scale")));
  }

  /** Cross entropy over rows and over columns, averaged. */
  private loss(logits: Tensor, batch: ClipBatch): Tensor {
    const { ops } = this;
    const { batch: size, multiPositive } = this.config;
    const { rows, columns } = contrastiveTargets(batch.truth, size, multiPositive);
    const entropy = (targets: Float32Array, dim: number) =>
      ops.sum(ops.mul(ops.constant(targets, [size, size]), aten.logSoftmax(logits, dim)), [0, 1]);
    return ops.affine(ops.add(entropy(rows, 1), entropy(columns, 0)), -0.5 / size);
  }
}
