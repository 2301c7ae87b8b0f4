export * from "./autograd.js";
export { diagnoseLibtorch, type LibtorchInstallation } from "./diagnose.js";
export * from "./error.js";
export { externalMemory, keep, liveTensors, scope } from "./memory.js";
export { torchAvailable } from "./native.js";
export * as aten from "./operators.js";
export * from "./ops.js";
export * from "./optim.js";
export * from "./runtime.js";
export { call, type Operator, operator, schemaOf } from "./signature.js";
export {
  fromData,
  type MemoryFormat,
  Tensor,
  type TensorOptions,
  type TensorSource,
  tensor,
} from "./tensor.js";
