import type { DiscriminatorNetwork, TokenizerNetwork } from "@v2l/nn";
import {
  Adam,
  aten,
  backward,
  fromData,
  grad,
  noGrad,
  scope,
  type Tensor,
  type TorchOps,
} from "@v2l/torch";
import { gradientNorms } from "../run/gradient-norms.js";
import type { Parameters } from "../run/parameters.js";
import type { OptimizationConfig } from "./config.js";
import { fitProjection } from "./fit-projection.js";
import { adaptiveWeight, adversarialLoss, hingeLoss, l1Loss } from "./losses.js";
import type { PerceptualLoss } from "./perceptual.js";

/** Steps of {@link fitProjection}'s descent. */
const FIT_STEPS = 500;

/** One forward pass worth of pictures. */
export interface TokenizerBatch {
  /** [N,3,S,S] in [-1,1]. */
  readonly images: Tensor;
  /** Embeddings of the global words [N,K,D]. */
  readonly words: Tensor;
}

/** What one optimiser step measured; averages over its forward passes. */
export interface TokenizerLosses {
  readonly loss: number;
  readonly rec: number;
  readonly q: number;
  readonly p: number;
  /** Null where the discriminator did not run. */
  readonly g: number | null;
  readonly dWeight: number | null;
  readonly d: number | null;
  /** Norms of the gradients by group: `encoder`, `decoder`, ..., `discriminator`. */
  readonly gradients: Readonly<Record<string, number>>;
  /** Local tokens of all pictures, in order. */
  readonly tokens: BigInt64Array;
}

export interface TokenizerModel {
  readonly ops: TorchOps;
  readonly network: TokenizerNetwork;
  readonly weights: Parameters;
  readonly discriminator: DiscriminatorNetwork;
  readonly discriminatorWeights: Parameters;
  /** Frozen local codebook [V,D]. */
  readonly codebook: Tensor;
  /** Null: no perceptual term. */
  readonly perceptual: PerceptualLoss<Tensor> | null;
}

interface GeneratorPass {
  /** The reconstruction [N,3,S,S], without gradient. */
  readonly picture: Tensor;
  readonly tokens: BigInt64Array;
  readonly losses: Omit<TokenizerLosses, "d" | "gradients" | "tokens">;
}

/**
 * The optimiser step of the official code, with the same gradients at a fraction of its cost:
 * - the perceptual and adversarial losses are differentiated once each, down to the picture. From
 *   there the adaptive weight takes one convolution's weight gradient, and the generator one backward
 *   pass of their weighted sum (the official code runs them two and three times over);
 * - the discriminator's update needs no gradient of the generator, and by default no forward pass.
 */
export class TokenizerStep {
  readonly generatorAdam: Adam;
  readonly discriminatorAdam: Adam;
  private quantizing = true;

  constructor(
    private readonly model: TokenizerModel,
    private readonly config: OptimizationConfig,
  ) {
    const { betas, eps } = config;
    const options = { lr: 0, betas, eps };
    this.generatorAdam = new Adam(model.weights.trained, options);
    this.discriminatorAdam = new Adam(model.discriminatorWeights.trained, options);
  }

  /**
   * One update of the generator and, once it has started, of the discriminator.
   * @param iteration optimiser steps so far; the adversarial terms count where it exceeds `discStart`
   * @param batches one or more: their gradients are averaged
   */
  step(iteration: number, lr: number, batches: readonly TokenizerBatch[]): TokenizerLosses {
    const { rateD, discStart } = this.config;
    const active = rateD !== 0 && iteration > discStart;
    this.quantizing = iteration >= this.config.quantizeAfter;
    this.generatorAdam.lr = lr;
    this.discriminatorAdam.lr = lr;
    return scope(() => {
      const share = 1 / batches.length;
      const passes = batches.map((batch) => this.generatorPass(active, batch, share));
      const norms = gradientNorms(this.model.weights.trained);
      update(this.generatorAdam);
      const second = active ? this.updateDiscriminator(batches, passes) : null;
      return {
        ...average(passes.map(({ losses }) => losses)),
        d: second?.loss ?? null,
        gradients: { ...norms, ...second?.norms },
        tokens: joinTokens(passes),
      };
    });
  }

  /** The generator's pictures [N,3,S,S], outside [-1,1] too. */
  reconstruct(batch: TokenizerBatch): Tensor {
    return this.forward(batch).output;
  }

  /** Frees the moments; the model stays. */
  dispose(): void {
    this.generatorAdam.dispose();
    this.discriminatorAdam.dispose();
  }

  /** Forward and backward of one batch, whose gradients count by `share`. */
  private generatorPass(active: boolean, batch: TokenizerBatch, share: number): GeneratorPass {
    const { ops } = this.model;
    const { rateQ, rateP, quirks } = this.config;
    return scope(() => {
      const { output, quantized } = this.forward(batch);
      const picture = ops.detach(output);
      picture.requiresGrad = true;
      const rec = l1Loss(ops, batch.images, picture);
      const p = this.model.perceptual?.(batch.images, picture) ?? null;
      const likeness = p === null ? rec : ops.add(rec, ops.affine(p, rateP));
      let [slope] = grad([likeness], [picture]) as [Tensor];
      let loss = likeness.item() + rateQ * quantized.loss.item();
      let adversarial: { g: number; dWeight: number } | null = null;
      if (active || quirks.discriminatorBeforeStart) {
        const { g, dWeight, gradient } = this.adversarialTerm(output, picture, slope);
        adversarial = { g, dWeight };
        if (active) {
          slope = ops.add(slope, ops.affine(gradient, dWeight));
          loss += dWeight * g;
        }
      }
      // Its gradient at the parameters is that of the loss: `slope` is the loss's at the output.
      const toPicture = ops.sum(ops.mul(output, slope), [0, 1, 2, 3]);
      const toFeatures = ops.affine(quantized.loss, rateQ);
      backward(ops.affine(ops.add(toPicture, toFeatures), share));
      picture.requiresGrad = false;
      return {
        picture,
        tokens: quantized.indices?.toBigInt64Array() ?? new BigInt64Array(0),
        losses: {
          loss,
          rec: rec.item(),
          q: quantized.loss.item(),
          p: p?.item() ?? 0,
          g: adversarial?.g ?? null,
          dWeight: adversarial?.dWeight ?? null,
        },
      };
    });
  }

  /** Puts the codebook's rows where the features of these pictures [N,3,S,S] are, by the projector if there is one. */
  fitProjection(pictures: readonly Tensor[], seed: number): void {
    const { ops, network, weights, codebook } = this.model;
    if (!network.params.some(({ name }) => name === "codebook_projection.weight")) return;
    scope(() => {
      const features = noGrad(() => {
        const cells = pictures.map((images) => {
          const maps = network.encode(weights.run(false), images);
          return ops.reshape(ops.permute(maps, [0, 2, 3, 1]), [-1, network.config.embedDim]);
        });
        return ops.concat(cells, 0);
      });
      const { weight, bias } = fitProjection(codebook, features, { steps: FIT_STEPS, seed });
      noGrad(() => {
        aten.copy_(weights.get("codebook_projection.weight"), fromData(weight));
        aten.copy_(weights.get("codebook_projection.bias"), fromData(bias));
      });
    });
  }

  private forward(batch: TokenizerBatch) {
    const { ops, network, weights, codebook } = this.model;
    const run = weights.run(true);
    const features = network.encode(run, batch.images);
    if (!this.quantizing) {
      const output = network.decode(run, features, batch.words);
      return { output, quantized: { loss: ops.constant(new Float32Array(1), []), indices: null } };
    }
    const quantized = network.quantize(run, features, network.projectCodebook(run, codebook));
    return { output: network.decode(run, quantized.quantized, batch.words), quantized };
  }

  /** The adversarial loss, its gradient at the picture, and its weight beside the likeness. */
  private adversarialTerm(output: Tensor, picture: Tensor, likenessSlope: Tensor) {
    const { ops, discriminator, discriminatorWeights, weights } = this.model;
    const logits = discriminator.forward(discriminatorWeights.run(true), picture);
    const loss = adversarialLoss(ops, logits);
    const [gradient] = grad([loss], [picture]) as [Tensor];
    const lastWeight = weights.get("decoder.conv_out.weight");
    const normAtLastWeight = (slope: Tensor) => {
      const [g] = grad([output], [lastWeight], { gradOutputs: [slope], retainGraph: true });
      return Math.sqrt(ops.sum(ops.square(g as Tensor), [0, 1, 2, 3]).item());
    };
    const dWeight = adaptiveWeight(
      normAtLastWeight(likenessSlope),
      normAtLastWeight(gradient),
      this.config.rateD,
    );
    return { g: loss.item(), dWeight, gradient };
  }

  private updateDiscriminator(
    batches: readonly TokenizerBatch[],
    passes: readonly GeneratorPass[],
  ) {
    const { ops, discriminator, discriminatorWeights } = this.model;
    const losses = batches.map((batch, i) =>
      scope(() => {
        const fake = this.config.quirks.secondForward
          ? noGrad(() => this.forward(batch).output)
          : (passes[i] as GeneratorPass).picture;
        const run = discriminatorWeights.run(true);
        const realLogits = discriminator.forward(run, batch.images);
        const loss = hingeLoss(ops, realLogits, discriminator.forward(run, fake));
        backward(ops.affine(loss, 1 / batches.length));
        return loss.item();
      }),
    );
    const norms = gradientNorms(discriminatorWeights.trained);
    update(this.discriminatorAdam);
    return { loss: mean(losses), norms };
  }
}

function update(optimizer: Adam): void {
  optimizer.step();
  optimizer.zeroGrad();
}

function average(losses: readonly GeneratorPass["losses"][]): GeneratorPass["losses"] {
  const of = (name: "loss" | "rec" | "q" | "p") => mean(losses.map((each) => each[name]));
  const ofKnown = (name: "g" | "dWeight") => {
    const values = losses.map((each) => each[name]);
    return values.includes(null) ? null : mean(values as number[]);
  };
  return {
    loss: of("loss"),
    rec: of("rec"),
    q: of("q"),
    p: of("p"),
    g: ofKnown("g"),
    dWeight: ofKnown("dWeight"),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function joinTokens(passes: readonly GeneratorPass[]): BigInt64Array {
  const joined = new BigInt64Array(passes.reduce((sum, { tokens }) => sum + tokens.length, 0));
  let offset = 0;
  for (const { tokens } of passes) {
    joined.set(tokens, offset);
    offset += tokens.length;
  }
  return joined;
}
