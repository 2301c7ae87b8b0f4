import { operator } from "./signature.js";

/*
 * The operators in use, typed by their schemas. Those ending in `_` change their first argument and
 * return it. Anything else of libtorch: `operator("name.overload(...) -> ...")` or `call(name, ...)`.
 */

// Layers
export const conv2d = operator(
  "conv2d(Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, int[2] padding=0, int[2] dilation=1, int groups=1) -> Tensor",
);
export const linear = operator("linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor");
export const matmul = operator("matmul(Tensor self, Tensor other) -> Tensor");
export const bmm = operator("bmm(Tensor self, Tensor mat2) -> Tensor");
export const baddbmm = operator(
  "baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
);
export const embedding = operator(
  "embedding(Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor",
);
export const groupNorm = operator(
  "group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enabled=True) -> Tensor",
);
export const layerNorm = operator(
  "layer_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enable=True) -> Tensor",
);
export const batchNorm = operator(
  "batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor",
);
export const dropout = operator("dropout(Tensor input, float p, bool train) -> Tensor");
export const maxPool2d = operator(
  "max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor",
);
export const avgPool2d = operator(
  "avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor",
);
export const upsampleNearest2d = operator(
  "upsample_nearest2d(Tensor self, int[2] output_size, float? scales_h=None, float? scales_w=None) -> Tensor",
);
export const constantPadNd = operator(
  "constant_pad_nd(Tensor self, int[] pad, Scalar value=0) -> Tensor",
);

// Activations
export const relu = operator("relu(Tensor self) -> Tensor");
export const leakyRelu = operator("leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor");
export const sigmoid = operator("sigmoid(Tensor self) -> Tensor");
export const silu = operator("silu(Tensor self) -> Tensor");
export const gelu = operator('gelu(Tensor self, *, str approximate="none") -> Tensor');
export const tanh = operator("tanh(Tensor self) -> Tensor");
export const softmax = operator(
  "softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
);
export const logSoftmax = operator(
  "log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
);

// Element-wise
export const add = operator("add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor");
export const addScalar = operator(
  "add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
);
export const sub = operator("sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor");
export const mul = operator("mul.Tensor(Tensor self, Tensor other) -> Tensor");
export const mulScalar = operator("mul.Scalar(Tensor self, Scalar other) -> Tensor");
export const div = operator("div.Tensor(Tensor self, Tensor other) -> Tensor");
export const divScalar = operator("div.Scalar(Tensor self, Scalar other) -> Tensor");
export const neg = operator("neg(Tensor self) -> Tensor");
export const abs = operator("abs(Tensor self) -> Tensor");
export const sqrt = operator("sqrt(Tensor self) -> Tensor");
export const rsqrt = operator("rsqrt(Tensor self) -> Tensor");
export const square = operator("square(Tensor self) -> Tensor");
export const powScalar = operator("pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor");
export const exp = operator("exp(Tensor self) -> Tensor");
export const log = operator("log(Tensor self) -> Tensor");
export const clamp = operator("clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor");
export const where = operator("where.self(Tensor condition, Tensor self, Tensor other) -> Tensor");
export const eq = operator("eq.Tensor(Tensor self, Tensor other) -> Tensor");
export const eqScalar = operator("eq.Scalar(Tensor self, Scalar other) -> Tensor");
export const ltScalar = operator("lt.Scalar(Tensor self, Scalar other) -> Tensor");
export const gtScalar = operator("gt.Scalar(Tensor self, Scalar other) -> Tensor");
export const isfinite = operator("isfinite(Tensor self) -> Tensor");

// Shape
export const reshape = operator("reshape(Tensor self, int[] shape) -> Tensor");
export const permute = operator("permute(Tensor self, int[] dims) -> Tensor");
export const transpose = operator("transpose.int(Tensor self, int dim0, int dim1) -> Tensor");
export const unsqueeze = operator("unsqueeze(Tensor self, int dim) -> Tensor");
export const squeeze = operator("squeeze.dim(Tensor self, int dim) -> Tensor");
export const expand = operator("expand(Tensor self, int[] size, *, bool implicit=False) -> Tensor");
export const cat = operator("cat(Tensor[] tensors, int dim=0) -> Tensor");
export const stack = operator("stack(Tensor[] tensors, int dim=0) -> Tensor");
export const slice = operator(
  "slice.Tensor(Tensor self, int dim=0, int? start=None, int? end=None, int step=1) -> Tensor",
);
export const select = operator("select.int(Tensor self, int dim, int index) -> Tensor");
export const indexSelect = operator("index_select(Tensor self, int dim, Tensor index) -> Tensor");
export const gather = operator(
  "gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
);
export const triu = operator("triu(Tensor self, int diagonal=0) -> Tensor");
export const detach = operator("detach(Tensor self) -> Tensor");
export const to = operator(
  "to.dtype_layout(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor",
);
export const contiguous = operator(
  "contiguous(Tensor self, *, MemoryFormat memory_format=contiguous_format) -> Tensor",
);

// Reductions
export const mean = operator(
  "mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
);
export const sum = operator(
  "sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
);
export const norm = operator(
  "norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor",
);
export const vectorNorm = operator(
  "linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
);
export const logsumexp = operator(
  "logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
);
export const argmin = operator("argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor");
export const argmax = operator("argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor");
export const topk = operator(
  "topk(Tensor self, int k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)",
);
export const bincount = operator(
  "bincount(Tensor self, Tensor? weights=None, int minlength=0) -> Tensor",
);
export const all = operator("all(Tensor self) -> Tensor");

// Losses. Reduction: 0 none, 1 mean, 2 sum.
export const crossEntropyLoss = operator(
  "cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, int ignore_index=-100, float label_smoothing=0.0) -> Tensor",
);
export const mseLoss = operator("mse_loss(Tensor self, Tensor target, int reduction=1) -> Tensor");
export const l1Loss = operator("l1_loss(Tensor self, Tensor target, int reduction=1) -> Tensor");

// New tensors
export const zeros = operator(
  "zeros(int[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
);
export const eye = operator(
  "eye(int n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
);
export const ones = operator(
  "ones(int[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
);
/** Give the dtype: without it a whole number makes int64, as in Python. */
export const full = operator(
  "full(int[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
);
export const arange = operator(
  "arange(Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
);
export const randn = operator(
  "randn(int[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
);
export const rand = operator(
  "rand(int[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
);
export const zerosLike = operator(
  "zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
);

// In place
export const copy_ = operator("copy_(Tensor self, Tensor src, bool non_blocking=False) -> Tensor");
export const add_ = operator("add_.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor");
export const mulScalar_ = operator("mul_.Scalar(Tensor self, Scalar other) -> Tensor");
export const zero_ = operator("zero_(Tensor self) -> Tensor");
export const normal_ = operator(
  "normal_(Tensor self, float mean=0.0, float std=1.0, *, Generator? generator=None) -> Tensor",
);
export const uniform_ = operator(
  "uniform_(Tensor self, float from=0.0, float to=1.0, *, Generator? generator=None) -> Tensor",
);

// Many tensors at once
export const foreachMulScalar_ = operator(
  "_foreach_mul_.Scalar(Tensor[] self, Scalar scalar) -> ()",
);
export const foreachAdd_ = operator(
  "_foreach_add_.List(Tensor[] self, Tensor[] other, *, Scalar alpha=1) -> ()",
);
export const foreachAdd = operator(
  "_foreach_add.List(Tensor[] self, Tensor[] other, *, Scalar alpha=1) -> Tensor[]",
);
export const foreachAddScalar_ = operator(
  "_foreach_add_.Scalar(Tensor[] self, Scalar scalar) -> ()",
);
export const foreachAddcmul_ = operator(
  "_foreach_addcmul_.Scalar(Tensor[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar value=1) -> ()",
);
export const foreachAddcdiv_ = operator(
  "_foreach_addcdiv_.ScalarList(Tensor[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar[] scalars) -> ()",
);
export const foreachSqrt = operator("_foreach_sqrt(Tensor[] self) -> Tensor[]");
export const foreachDivScalars_ = operator(
  "_foreach_div_.ScalarList(Tensor[] self, Scalar[] scalars) -> ()",
);
export const foreachNorm = operator(
  "_foreach_norm.Scalar(Tensor[] self, Scalar ord=2) -> Tensor[]",
);
