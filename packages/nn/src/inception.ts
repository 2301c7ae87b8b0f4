import { batchNorm, conv, linear, ONES } from "./layers.js";
import { type Layer, type ParamSpec, type Run, Scope } from "./module.js";
import type { ConvOptions } from "./ops.js";

/** Side of the square input in pixels. */
export const INCEPTION_SIZE = 299;
/** Width of the pooled features. */
export const INCEPTION_FEATURES = 2048;
/** Classes of the logits: ImageNet's 1000 and eight that the TensorFlow network never uses. */
export const INCEPTION_CLASSES = 1008;

/** What the network sees in images: one row of each per image. */
export interface InceptionResult<T> {
  /** Features after the last pooling [N,2048]: those of the Frechet Inception distance. */
  readonly features: T;
  /** Logits without their bias [N,1008]: those of the Inception score. */
  readonly logits: T;
}

export interface InceptionNetwork {
  /** Named as in torchvision's Inception-v3 and in pytorch-fid's file, without the auxiliary head. */
  readonly params: readonly ParamSpec[];
  /** Images [N,3,299,299] in [-1,1]. */
  forward<T>(run: Run<T>, image: T): InceptionResult<T>;
}

/**
 * The Inception-v3 of TensorFlow's 2015 release (Szegedy et al., "Rethinking the Inception Architecture
 * for Computer Vision", 2016), by which the Frechet Inception distance is defined. It differs from
 * torchvision's in its average pooling, which does not count padding, in the max pooling of the
 * last block, and in its 1008 classes. The score's logits go without their bias, as in the code of
 * Salimans et al. (2016): `fc.bias` is declared for the file's sake and not used.
 */
export function inceptionNetwork(): InceptionNetwork {
  const scope = Scope.root();
  const trunk = chain([...stem(scope), ...mixedBlocks(scope)]);
  const head = scope.child("fc");
  const logits = linear(head, INCEPTION_FEATURES, INCEPTION_CLASSES, { bias: false });
  head.param("bias", [INCEPTION_CLASSES], { kind: "zeros" });
  return {
    params: scope.params(),
    forward: (run, image) => {
      const features = run.ops.mean(trunk(run, image), [2, 3]);
      return { features, logits: logits(run, features) };
    },
  };
}

function stem(scope: Scope): Layer[] {
  return [
    unit(scope.child("Conv2d_1a_3x3"), 3, 32, 3, { stride: 2 }),
    unit(scope.child("Conv2d_2a_3x3"), 32, 32, 3),
    unit(scope.child("Conv2d_2b_3x3"), 32, 64, 3, { padding: 1 }),
    halvingPool,
    unit(scope.child("Conv2d_3b_1x1"), 64, 80, 1),
    unit(scope.child("Conv2d_4a_3x3"), 80, 192, 3),
    halvingPool,
  ];
}

function mixedBlocks(scope: Scope): Layer[] {
  return [
    blockA(scope.child("Mixed_5b"), 192, 32),
    blockA(scope.child("Mixed_5c"), 256, 64),
    blockA(scope.child("Mixed_5d"), 288, 64),
    blockB(scope.child("Mixed_6a"), 288),
    blockC(scope.child("Mixed_6b"), 128),
    blockC(scope.child("Mixed_6c"), 160),
    blockC(scope.child("Mixed_6d"), 160),
    blockC(scope.child("Mixed_6e"), 192),
    blockD(scope.child("Mixed_7a"), 768),
    blockE(scope.child("Mixed_7b"), 1280, averagePool),
    blockE(scope.child("Mixed_7c"), 2048, maxPool),
  ];
}

/** Branches of 1x1, 5x5, and two 3x3, beside a pooled one, at 35x35. */
function blockA(scope: Scope, inputs: number, pooled: number): Layer {
  return branches([
    unit(scope.child("branch1x1"), inputs, 64, 1),
    chain([
      unit(scope.child("branch5x5_1"), inputs, 48, 1),
      unit(scope.child("branch5x5_2"), 48, 64, 5, { padding: 2 }),
    ]),
    chain([
      unit(scope.child("branch3x3dbl_1"), inputs, 64, 1),
      unit(scope.child("branch3x3dbl_2"), 64, 96, 3, { padding: 1 }),
      unit(scope.child("branch3x3dbl_3"), 96, 96, 3, { padding: 1 }),
    ]),
    chain([averagePool, unit(scope.child("branch_pool"), inputs, pooled, 1)]),
  ]);
}

/** From 35x35 to 17x17. */
function blockB(scope: Scope, inputs: number): Layer {
  return branches([
    unit(scope.child("branch3x3"), inputs, 384, 3, { stride: 2 }),
    chain([
      unit(scope.child("branch3x3dbl_1"), inputs, 64, 1),
      unit(scope.child("branch3x3dbl_2"), 64, 96, 3, { padding: 1 }),
      unit(scope.child("branch3x3dbl_3"), 96, 96, 3, { stride: 2 }),
    ]),
    halvingPool,
  ]);
}

/** 7x7 convolutions, taken apart into rows and columns, at 17x17. */
function blockC(scope: Scope, width: number): Layer {
  return branches([
    unit(scope.child("branch1x1"), 768, 192, 1),
    chain([
      unit(scope.child("branch7x7_1"), 768, width, 1),
      row(scope.child("branch7x7_2"), width, width, 7),
      column(scope.child("branch7x7_3"), width, 192, 7),
    ]),
    chain([
      unit(scope.child("branch7x7dbl_1"), 768, width, 1),
      column(scope.child("branch7x7dbl_2"), width, width, 7),
      row(scope.child("branch7x7dbl_3"), width, width, 7),
      column(scope.child("branch7x7dbl_4"), width, width, 7),
      row(scope.child("branch7x7dbl_5"), width, 192, 7),
    ]),
    chain([averagePool, unit(scope.child("branch_pool"), 768, 192, 1)]),
  ]);
}

/** From 17x17 to 8x8. */
function blockD(scope: Scope, inputs: number): Layer {
  return branches([
    chain([
      unit(scope.child("branch3x3_1"), inputs, 192, 1),
      unit(scope.child("branch3x3_2"), 192, 320, 3, { stride: 2 }),
    ]),
    chain([
      unit(scope.child("branch7x7x3_1"), inputs, 192, 1),
      row(scope.child("branch7x7x3_2"), 192, 192, 7),
      column(scope.child("branch7x7x3_3"), 192, 192, 7),
      unit(scope.child("branch7x7x3_4"), 192, 192, 3, { stride: 2 }),
    ]),
    halvingPool,
  ]);
}

/** Branches that split once more, at 8x8. */
function blockE(scope: Scope, inputs: number, pool: Layer): Layer {
  const split = (name: string, a: string, b: string) =>
    branches([row(scope.child(name + a), 384, 384, 3), column(scope.child(name + b), 384, 384, 3)]);
  return branches([
    unit(scope.child("branch1x1"), inputs, 320, 1),
    chain([unit(scope.child("branch3x3_1"), inputs, 384, 1), split("branch3x3_", "2a", "2b")]),
    chain([
      unit(scope.child("branch3x3dbl_1"), inputs, 448, 1),
      unit(scope.child("branch3x3dbl_2"), 448, 384, 3, { padding: 1 }),
      split("branch3x3dbl_", "3a", "3b"),
    ]),
    chain([pool, unit(scope.child("branch_pool"), inputs, 192, 1)]),
  ]);
}

const averagePool: Layer = (run, x) => run.ops.averagePool2d(x, 3, { padding: 1 });
const maxPool: Layer = (run, x) => run.ops.maxPool2d(x, 3, { padding: 1 });
const halvingPool: Layer = (run, x) => run.ops.maxPool2d(x, 3, { stride: 2 });

/** One layer after the other. */
function chain(layers: readonly Layer[]): Layer {
  return (run, x) => layers.reduce((h, layer) => layer(run, h), x);
}

/** Layers side by side, their channels one after the other. */
function branches(layers: readonly Layer[]): Layer {
  return (run, x) =>
    run.ops.concat(
      layers.map((layer) => layer(run, x)),
      1,
    );
}

/** Convolution without bias, batch normalisation with eps 1e-3, ReLU. */
function unit(
  scope: Scope,
  inputs: number,
  outputs: number,
  kernel: number | readonly [height: number, width: number],
  options: ConvOptions = {},
): Layer {
  const convolution = conv(scope.child("conv"), inputs, outputs, kernel, {
    ...options,
    bias: false,
  });
  const norm = batchNorm(scope.child("bn"), outputs, ONES, 1e-3);
  return scope.observed((run, x) => run.ops.relu(norm(run, convolution(run, x))));
}

/** A kernel of one row, padded to keep the size. */
function row(scope: Scope, inputs: number, outputs: number, length: number): Layer {
  const pad = (length - 1) / 2;
  return unit(scope, inputs, outputs, [1, length], { padding: [0, pad, 0, pad] });
}

/** A kernel of one column, padded to keep the size. */
function column(scope: Scope, inputs: number, outputs: number, length: number): Layer {
  const pad = (length - 1) / 2;
  return unit(scope, inputs, outputs, [length, 1], { padding: [pad, 0, pad, 0] });
}
