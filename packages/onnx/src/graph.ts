import {
  expected,
  type ParamSpec,
  type Run,
  type TensorData,
  V2LError,
  type Weights,
} from "@v2l/nn";
import { GraphBuilder, type Value } from "./builder.js";
import { OnnxOps } from "./ops.js";
import { type ElementType, encodeModel, type OnnxModel } from "./proto.js";

/**
 * One input of a graph. A first size of -1 is the batch size, a size of -2 the length of sequences;
 * both are chosen at every run.
 */
export interface GraphInput {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
}

/** A computation to be written as an ONNX graph. */
export interface GraphDefinition {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  /** Runs networks on the inputs, which lie under their names, and names the results. */
  build(run: Run<Value>, inputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>>;
}

/**
 * Writes a computation as an ONNX model. Only the weights it uses go into it, as float32.
 * @throws V2LError CHECKPOINT_MISMATCH where a weight is missing or has another shape
 */
export function buildGraph(definition: GraphDefinition, weights: Weights): OnnxModel {
  const graph = new GraphBuilder();
  const inputs = definition.inputs.map(({ name, dtype, shape }) => {
    return [name, graph.input(name, dtype, shape)] as const;
  });
  const run: Run<Value> = {
    ops: new OnnxOps(graph),
    weight: (spec) => storedWeight(graph, spec, weights),
    training: false,
  };
  const outputs = definition.build(run, Object.fromEntries(inputs));
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
  return encodeModel(graph.finish(definition.name));
}

function storedWeight(graph: GraphBuilder, spec: ParamSpec, weights: Weights): Value {
  const tensor = weights.get(spec.name);
  if (tensor && tensor.shape.join() === spec.shape.join()) return graph.weight(spec.name, tensor);
  const received = tensor ? `[${tensor.shape}]` : "nothing";
  throw new V2LError("CHECKPOINT_MISMATCH", expected(`[${spec.shape}]`, spec.name, received));
}

/** A table that a graph uses beside the weights of its networks, as a parameter under `name`. */
export function tableSpec(name: string, { shape }: TensorData): ParamSpec {
  return { name, shape, init: { kind: "zeros" }, buffer: true };
}
