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
/** Subtracted from the logits of pairs that nobody can judge. */
const UNKNOWN = 1e4;

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
  /** The text tower as it was at the start. */
  private readonly before: Parameters | null;

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
    this.before = config.keepTexts > 0 ? new Parameters(this.ops, params, start, false) : null;
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
    this.before?.dispose();
    this.parameters.dispose();
  }

  private update(batch: ClipBatch, rate: number) {
    const size = this.config.batch;
    const texts = this.texts(batch, this.parameters);
    const logits = this.logits(batch, texts);
    const moved = this.before && this.distance(texts, this.texts(batch, this.before), batch.kept);
    const contrastive = this.loss(logits, batch);
    backward(
      moved
        ? this.ops.add(contrastive, this.ops.affine(moved, this.config.keepTexts))
        : contrastive,
    );
    this.optimizer.step(rate);
    const scale = this.parameters.get("logit_scale");
    noGrad(() => aten.copy_(scale, aten.clamp(scale, 0, MAX_LOGIT_SCALE)));
    return {
      loss: contrastive.item(),
      accuracy: retrievalAccuracy(logits.toFloat32Array(), batch.truth, size),
      temperature: Math.exp(-scale.item()),
      ...(moved && { moved: moved.item() }),
    };
  }

  /** Unit embeddings of the texts [T,width]. */
  private texts({ ids, length }: ClipBatch, parameters: Parameters): Tensor {
    const rows = tensor(ids, [ids.length / length, length], { device: this.ops.device });
    return unitNorm(this.ops, this.network.encodeText(parameters.run(true), rows), 1);
  }

  /** Cosine similarities of pictures (rows) and texts (columns) over the temperature [B,T]. */
  private logits({ pixels, truth }: ClipBatch, words: Tensor): Tensor {
    const { ops, network, config } = this;
    const side = config.model.vision.imageSize;
    const images = tensor(pixels, [config.batch, 3, side, side], { device: ops.device });
    const pictures = unitNorm(ops, network.encodeImage(this.parameters.run(true), images), 1);
    const similarities = ops.matmul(pictures, ops.permute(words, [1, 0]));
    const logits = ops.mul(similarities, aten.exp(this.parameters.get("logit_scale")));
    if (!truth.includes(-1)) return logits;
    const hidden = truth.map((known) => (known < 0 ? -UNKNOWN : 0));
    return ops.add(logits, ops.constant(hidden, [config.batch, truth.length / config.batch]));
  }

  /** Cross entropy over rows and over columns, averaged. */
  private loss(logits: Tensor, { truth }: ClipBatch): Tensor {
    const { ops } = this;
    const { batch: pictures } = this.config;
    const { rows, columns } = contrastiveTargets(truth, { ...this.config, pictures });
    const shape = [pictures, truth.length / pictures];
    const entropy = (targets: Float32Array, dim: number) =>
      ops.sum(ops.mul(ops.constant(targets, shape), aten.logSoftmax(logits, dim)), [0, 1]);
    const each = -0.5 / pictures;
    return ops.affine(
      ops.add(entropy(rows, 1), ops.affine(entropy(columns, 0), 1 / this.config.textsEach)),
      each,
    );
  }

  /** Mean cosine distance of those texts that are to stay where they were. */
  private distance(texts: Tensor, before: Tensor, kept: Float32Array): Tensor {
    const { ops } = this;
    const count = kept.reduce((sum, one) => sum + one, 0);
    const weights = ops.constant(kept, [kept.length, 1]);
    const agreement = ops.sum(ops.mul(ops.mul(texts, before), weights), [0, 1]);
    return ops.affine(agreement, -1 / Math.max(1, count), 1);
  }
}
