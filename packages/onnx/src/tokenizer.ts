import {
  expected,
  fromFloat32,
  type ParamSpec,
  type Run,
  type TensorData,
  type TokenizerNetwork,
  toFloat32,
  tokenizerNetwork,
  V2LError,
  type VqganConfig,
  type Weights,
} from "@v2l/nn";
import type { Value } from "./builder.js";
import { buildGraph, type GraphDefinition, tableSpec } from "./graph.js";
import { batchOf, idTensor } from "./inputs.js";
import type { OnnxModel } from "./proto.js";
import { OnnxSession, type OnnxTensor, type SessionOptions } from "./session.js";

/** Global words the official decoder looks at. */
export const WORDS = 21;

export interface TokenizerSessionsOptions extends SessionOptions {
  readonly config: VqganConfig;
  /** `encoder.*`, `quant_conv.*`, `codebook_projection.*`, `post_quant_conv.*`, `decoder.*`. */
  readonly weights: Weights;
  /** The frozen local codebook [V,embedDim], before the projection. */
  readonly localCodebook: TensorData;
  /** The frozen global codebook [W,embedDim]. */
  readonly globalCodebook: TensorData;
  /** Side of the square images in pixels: a multiple of 2^(levels-1). */
  readonly imageSize: number;
  /** Global words the decoder looks at; 21 by default, as in the official code. */
  readonly words?: number;
  /** Divide the features by their norm (default true), see nn's TokenizerOptions. */
  readonly normalize?: boolean;
}

/** The two halves of the tokenizer, ready to run. */
export class TokenizerSessions {
  private constructor(
    private readonly encoder: OnnxSession,
    private readonly decoder: OnnxSession,
    private readonly sizes: Sizes,
  ) {}

  /**
   * Projects the codebook, folds it into the neighbouring 1x1 convolutions (see
   * {@link codebookTables}) and loads both graphs.
   */
  static async create(options: TokenizerSessionsOptions): Promise<TokenizerSessions> {
    const { config, normalize = true } = options;
    const network = tokenizerNetwork(config, { normalize });
    const tables = await codebookTables(network, options);
    const encoder = await OnnxSession.create(encodeGraph(network, options, tables.search), options);
    try {
      const decoder = await OnnxSession.create(
        decodeGraph(network, options, tables.latents),
        options,
      );
      return new TokenizerSessions(encoder, decoder, sizesOf(options));
    } catch (error) {
      encoder.dispose();
      throw error;
    }
  }

  /** Cells per image: the length of one image's local ids. */
  get cells(): number {
    return this.sizes.cells;
  }

  /**
   * Images to local ids.
   * @param images [N,3,S,S] in [-1,1]
   * @returns N times H*W ids, row major
   */
  async encode(images: Float32Array): Promise<Int32Array> {
    const { imageSize } = this.sizes;
    const shape = [batchOf(images.length, 3 * imageSize ** 2, "images"), 3, imageSize, imageSize];
    const { indices } = await this.encoder.run({ image: { data: images, shape } });
    return Int32Array.from((indices as OnnxTensor).data as BigInt64Array, Number);
  }

  /**
   * Local and global ids to images.
   * @param local N times H*W local ids
   * @param global N times `words` global ids
   * @returns [N,3,S,S], about [-1,1], not clamped
   */
  async decode(local: ArrayLike<number>, global: ArrayLike<number>): Promise<Float32Array> {
    const { cells, words, localCodes, globalCodes } = this.sizes;
    const batch = batchOf(local.length, cells, "local");
    const result = await this.decoder.run({
      local: idTensor(local, [batch, cells], localCodes, "local"),
      global: idTensor(global, [batch, words], globalCodes, "global"),
    });
    return (result.image as OnnxTensor).data as Float32Array;
  }

  /** Frees both models. */
  dispose(): void {
    this.encoder.dispose();
    this.decoder.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** What running needs of the options, without their weights. */
interface Sizes {
  readonly imageSize: number;
  readonly cells: number;
  readonly words: number;
  readonly localCodes: number;
  readonly globalCodes: number;
}

function sizesOf(options: TokenizerSessionsOptions): Sizes {
  return {
    imageSize: options.imageSize,
    cells: gridSide(options) ** 2,
    words: options.words ?? WORDS,
    localCodes: options.localCodebook.shape[0] as number,
    globalCodes: options.globalCodebook.shape[0] as number,
  };
}

/** What the codebook becomes at load. z = zChannels. */
interface CodebookTables {
  /** [V,z+2]: rows to be multiplied with the encoder's queries, see {@link codebookTables}. */
  readonly search: TensorData;
  /** [V,z]: the decoder's input for every code, i.e. its projected row after `post_quant_conv`. */
  readonly latents: TensorData;
}

/**
 * Both 1x1 convolutions around the codebook are linear, so they are applied to its rows once instead
 * of to the cells of every image. With features f = (A h + b) / n of an encoder output h, n = |A h + b|
 * (or 1), the distance to a projected row e is
 *   |f - e|^2 = |f|^2 + (n |e|^2 - 2 h.(e A) - 2 b.e) / n,
 * and its argmin that of the bracket: the product of the query (h, n, 1) with (-2 eA, |e|^2, -2 b.e).
 * This needs a third of the multiplications at the official sizes, and a third of the memory.
 */
async function codebookTables(
  network: TokenizerNetwork,
  options: TokenizerSessionsOptions,
): Promise<CodebookTables> {
  const { embedDim, zChannels } = options.config;
  const { shape } = options.localCodebook;
  const model = buildGraph(
    {
      name: "codebook",
      inputs: [{ name: "codebook", dtype: "float32", shape }],
      build: (run, { codebook }) => {
        const { ops } = run;
        const rows = network.projectCodebook(run, codebook as Value);
        const quantConv = ops.reshape(weight(run, network, "quant_conv.weight"), [
          embedDim,
          zChannels,
        ]);
        const bias = ops.reshape(weight(run, network, "quant_conv.bias"), [embedDim, 1]);
        const parts = [
          ops.affine(ops.matmul(rows, quantConv), -2),
          ops.sum(ops.square(rows), [1], true),
          ops.affine(ops.matmul(rows, bias), -2),
        ];
        const grid = ops.reshape(rows, [-1, embedDim, 1, 1]);
        return {
          search: ops.concat(parts, 1),
          latents: ops.reshape(network.decodeLatent(run, grid), [-1, zChannels]),
        };
      },
    },
    options.weights,
  );
  using session = await OnnxSession.create(model, options);
  const codebook = { data: toFloat32(options.localCodebook), shape };
  const { search, latents } = await session.run({ codebook });
  return { search: atRest(search as OnnxTensor), latents: atRest(latents as OnnxTensor) };
}

function encodeGraph(
  network: TokenizerNetwork,
  options: TokenizerSessionsOptions,
  search: TensorData,
): OnnxModel {
  const { imageSize: size, normalize = true } = options;
  const { embedDim, zChannels } = options.config;
  const table = tableSpec("search", search);
  const definition: GraphDefinition = {
    name: "encode",
    inputs: [{ name: "image", dtype: "float32", shape: [-1, 3, size, size] }],
    build: (run, { image }) => {
      const { ops } = run;
      const latent = network.encodeLatent(run, image as Value);
      const cells = ops.reshape(ops.permute(latent, [0, 2, 3, 1]), [-1, zChannels]);
      const one = ops.expandBatch(ops.constant(new Float32Array([1]), [1, 1]), cells);
      let length = one;
      if (normalize) {
        const quantConv = ops.reshape(weight(run, network, "quant_conv.weight"), [
          embedDim,
          zChannels,
        ]);
        const features = ops.linear(cells, quantConv, weight(run, network, "quant_conv.bias"));
        length = ops.sqrt(ops.sum(ops.square(features), [1], true));
      }
      const queries = ops.concat([cells, length, one], 1);
      const nearest = ops.argmin(ops.linear(queries, run.weight(table), null), 1);
      return { indices: ops.reshape(nearest, [-1, gridSide(options) ** 2]) };
    },
  };
  return buildGraph(definition, new Map([...options.weights, ["search", search]]));
}

function decodeGraph(
  network: TokenizerNetwork,
  options: TokenizerSessionsOptions,
  latents: TensorData,
): OnnxModel {
  const { config, globalCodebook, words = WORDS } = options;
  const side = gridSide(options);
  const [localTable, globalTable] = [
    tableSpec("latents", latents),
    tableSpec("global_codebook", globalCodebook),
  ];
  const definition: GraphDefinition = {
    name: "decode",
    inputs: [
      { name: "local", dtype: "int64", shape: [-1, side * side] },
      { name: "global", dtype: "int64", shape: [-1, words] },
    ],
    build: (run, { local, global }) => {
      const { ops } = run;
      const rows = ops.embedding(run.weight(localTable), local as Value);
      const grid = ops.reshape(rows, [-1, side, side, config.zChannels]);
      const context = ops.embedding(run.weight(globalTable), global as Value);
      return { image: network.render(run, ops.permute(grid, [0, 3, 1, 2]), context) };
    },
  };
  const tables = [
    ["latents", latents],
    ["global_codebook", globalCodebook],
  ] as const;
  return buildGraph(definition, new Map([...options.weights, ...tables]));
}

/** Cells along one side of the grid. */
function gridSide({ imageSize, config }: TokenizerSessionsOptions): number {
  const side = imageSize / 2 ** (config.chMult.length - 1);
  if (Number.isInteger(side) && side > 0) return side;
  const what = `a multiple of ${2 ** (config.chMult.length - 1)}`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "imageSize", imageSize));
}

function weight(run: Run<Value>, network: TokenizerNetwork, name: string): Value {
  return run.weight(network.params.find((param) => param.name === name) as ParamSpec);
}

function atRest({ data, shape }: OnnxTensor): TensorData {
  return fromFloat32(data as Float32Array, shape);
}
