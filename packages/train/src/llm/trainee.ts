import { type LlamaNetwork, llamaNetwork, type ParamSpec, type Run, type Weights } from "@v2l/nn";
import { aten, backward, noGrad, scope, type Tensor, TorchOps, tensor } from "@v2l/torch";
import { withoutPrefix } from "../run/checkpoint.js";
import { clipGradients } from "../run/clip-gradients.js";
import type { LogRecord } from "../run/events.js";
import type { Trainee } from "../run/loop.js";
import { MatrixDecayAdamW } from "../run/matrix-decay.js";
import { Parameters } from "../run/parameters.js";
import { learningRate } from "../run/schedule.js";
import { DEMO_PIECES } from "../world/index.js";
import type { Chunk } from "./batch.js";
import type { LlmBatch } from "./batch-worker.js";
import type { LlmTrainConfig } from "./config.js";
import { KINDS } from "./corpus/document.js";
import type { EpisodeChunk, HeldOut } from "./held-out.js";
import { KindLosses } from "./kind-losses.js";

/** Where batches come from: each is a function of its step. */
export interface LlmBatches {
  get(step: number): Promise<LlmBatch>;
}

/** The prefix of the network's own tensors in a checkpoint. */
export const MODEL_PREFIX = "model.";

/** Kinds of text that are language. */
const LANGUAGE = KINDS.filter((kind) => kind !== "repairs");

/** A LLaMA in training: AdamW on the cross entropy of the tokens that count. */
export class LlmTrainee implements Trainee {
  private readonly network: LlamaNetwork;
  private readonly ops: TorchOps;
  private readonly parameters: Parameters;
  private readonly optimizer: MatrixDecayAdamW;

  constructor(
    private readonly config: LlmTrainConfig,
    private readonly batches: LlmBatches,
    start: Weights,
  ) {
    this.ops = new TorchOps(config.device, config.precision);
    this.network = llamaNetwork(config.model, DEMO_PIECES);
    this.parameters = new Parameters(this.ops, this.network.params, start, true);
    this.optimizer = new MatrixDecayAdamW(this.parameters.trained, config);
  }

  async step(step: number): Promise<LogRecord> {
    const { chunks, heldOut } = await this.batches.get(step);
    const { lr, minLr, warmupSteps, steps } = this.config;
    // Steps count from one here: a warm-up from zero would waste the first.
    const rate = learningRate({ lr, minLr, warmupEpochs: warmupSteps, epochs: steps }, step + 1);
    const record = { ...this.update(chunks, rate), lr: rate };
    return heldOut ? { ...record, ...noGrad(() => this.measure(heldOut)) } : record;
  }

  state(): Weights {
    return new Map([...this.parameters.weights(MODEL_PREFIX), ...this.optimizer.state()]);
  }

  restore(state: Weights): void {
    this.parameters.load(withoutPrefix(state, MODEL_PREFIX));
    this.optimizer.restore(state);
  }

  dispose(): void {
    this.optimizer.dispose();
    this.parameters.dispose();
  }

  private update(chunks: readonly Chunk[], rate: number): Record<string, number> {
    const count = chunks.reduce((sum, { targets }) => sum + targets.length, 0);
    const losses = new KindLosses();
    for (const chunk of chunks) {
      if (chunk.targets.length === 0) continue;
      scope(() => {
        const each = this.losses(chunk, true);
        backward(aten.mulScalar(aten.sum(each, [0]), 1 / count));
        losses.add(each.toFloat32Array(), chunk.kinds);
      });
    }
    const norm = clipGradients(this.parameters.trained.values(), this.config.clip);
    this.optimizer.step(rate);
    const tokens = chunks.reduce((sum, { rows, length }) => sum + rows * length, 0);
    return { loss: losses.mean(), ...losses.byKind("loss"), norm, tokens, targets: count };
  }

  /** Cross entropy of each target, in nats. */
  private losses(chunk: Chunk, training: boolean): Tensor {
    const targets = tensor(chunk.targets, [chunk.targets.length], { device: this.ops.device });
    return aten.crossEntropyLoss(this.logits(chunk, training), targets, null, 0);
  }

  /** Scores [targets,vocabulary] in float32. Only where a token counts are they computed. */
  private logits({ ids, rows, length, positions }: Chunk, training: boolean): Tensor {
    const { network, ops } = this;
    const run = this.run(training);
    const device = { device: ops.device };
    const hidden = network.hidden(run, tensor(ids, [rows, length], device));
    const flat = ops.reshape(hidden, [rows * length, this.config.model.dim]);
    const counted = aten.indexSelect(flat, 0, tensor(positions, [positions.length], device));
    return network.logits(run, counted).to({ dtype: "float32" });
  }

  /** The network in its precision; gradients reach the float32 weights through the conversion. */
  private run(training: boolean): Run<Tensor> {
    const run = this.parameters.run(training);
    const { precision } = this.ops;
    if (precision === "float32") return run;
    const converted = new Map<string, Tensor>();
    const weight = (spec: ParamSpec) => {
      const known = converted.get(spec.name) ?? run.weight(spec).to({ dtype: precision });
      converted.set(spec.name, known);
      return known;
    };
    return { ...run, weight };
  }

  /** Held-out loss by kind, perplexity over all language, and accuracy by setting, null where no episode fits. */
  private measure({ texts, settings }: HeldOut): LogRecord {
    const losses = new KindLosses();
    for (const chunk of texts) {
      scope(() => losses.add(this.losses(chunk, false).toFloat32Array(), chunk.kinds));
    }
    const accuracies = settings.map(({ name, chunks }) => {
      const right = chunks.reduce((sum, chunk) => sum + scope(() => this.countRight(chunk)), 0);
      const all = chunks.reduce((sum, { rows }) => sum + rows, 0);
      return [`accuracy.${name}`, all === 0 ? null : right / all] as const;
    });
    return {
      perplexity: Math.exp(losses.mean(LANGUAGE)),
      ...losses.byKind("validation"),
      ...Object.fromEntries(accuracies),
    };
  }

  private countRight(chunk: EpisodeChunk): number {
    const { rows, way, choices, targets } = chunk;
    const index = tensor(choices, [rows, way], { device: this.ops.device });
    const best = aten.argmax(aten.gather(this.logits(chunk, false), 1, index), 1);
    const chosen = best.toBigInt64Array();
    return [...targets].reduce((sum, target, row) => {
      return sum + (choices[row * way + Number(chosen[row])] === target ? 1 : 0);
    }, 0);
  }
}
