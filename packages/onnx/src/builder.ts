import { elements, type TensorData, toFloat32 } from "@v2l/nn";
import {
  type AttributeValue,
  attribute,
  ELEMENT_CODES,
  type ElementType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
  valueInfo,
} from "./proto.js";
import { LENGTH, type Shape } from "./shapes.js";

/** A tensor of a graph under construction. */
export interface Value {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: Shape;
}

/** What a node computes: its result's sizes, and its type where that is not float32. */
export interface NodeOptions {
  readonly shape: Shape;
  readonly dtype?: ElementType;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** Collects the nodes and tensors of one ONNX graph. */
export class GraphBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly tensors = new Map<string, TensorProto>();
  private readonly pooled = new Map<string, Value>();
  /** The length that {@link LENGTH} stands for, int64 [1]. */
  private length: Value | null = null;

  input(name: string, dtype: ElementType, shape: Shape): Value {
    this.inputs.push(valueInfo(name, dtype, shape));
    const value = { name, dtype, shape };
    const start = shape.indexOf(LENGTH);
    if (start >= 0 && this.length === null) {
      const attributes = { start, end: start + 1 };
      this.length = this.node("Shape", [value], { shape: [1], dtype: "int64", attributes });
    }
    return value;
  }

  output(name: string, value: Value): void {
    this.nodes.push({
      opType: "Identity",
      name,
      input: [value.name],
      output: [name],
      attribute: [],
    });
    this.outputs.push(valueInfo(name, value.dtype, value.shape));
  }

  /** A node with one output. */
  node(opType: string, inputs: readonly (Value | null)[], options: NodeOptions): Value {
    return this.nodeOf(opType, inputs, options, [options])[0] as Value;
  }

  /** A node with several outputs. */
  nodeOf(
    opType: string,
    inputs: readonly (Value | null)[],
    options: Pick<NodeOptions, "attributes">,
    results: readonly Pick<NodeOptions, "shape" | "dtype">[],
  ): Value[] {
    const name = `${opType}_${this.nodes.length}`;
    const values = results.map(({ shape, dtype }, i) => ({
      name: i === 0 ? name : `${name}.${i}`,
      dtype: dtype ?? "float32",
      shape,
    }));
    this.nodes.push({
      opType,
      name,
      input: inputs.map((value) => value?.name ?? ""),
      output: values.map((value) => value.name),
      attribute: Object.entries(options.attributes ?? {}).map(([key, value]) =>
        attribute(key, value),
      ),
    });
    return values;
  }

  /** A stored float32 tensor; half precision is widened. */
  weight(name: string, tensor: TensorData): Value {
    if (!this.tensors.has(name)) this.store(name, toFloat32(tensor), tensor.shape);
    return { name, dtype: "float32", shape: tensor.shape };
  }

  /** A stored tensor without a name of its own; small equal ones are stored once. */
  constant(data: Float32Array | BigInt64Array, shape: Shape): Value {
    const dtype = data instanceof Float32Array ? "float32" : "int64";
    const key = data.length <= 16 ? `${dtype}[${shape}]${data.join()}` : null;
    const known = key === null ? undefined : this.pooled.get(key);
    if (known) return known;
    const value: Value = { name: `constant_${this.tensors.size}`, dtype, shape };
    this.store(value.name, data, shape);
    if (key !== null) this.pooled.set(key, value);
    return value;
  }

  /** The numbers of a stored float32 tensor; null for a computed one. */
  stored(value: Value): Float32Array | null {
    const tensor = this.tensors.get(value.name);
    if (tensor === undefined || value.dtype !== "float32") return null;
    const { buffer, byteOffset, byteLength } = tensor.rawData;
    return new Float32Array(buffer, byteOffset, byteLength / 4);
  }

  /** A list of int64, as shapes, axes and pads are given. {@link LENGTH} is filled in at every run. */
  integers(values: readonly number[]): Value {
    const at = values.indexOf(LENGTH);
    if (at < 0 || this.length === null) {
      return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
    }
    const parts = [values.slice(0, at), values.slice(at + 1)].map((rest) =>
      rest.length === 0 ? [] : [this.integers(rest)],
    );
    return this.node("Concat", [...(parts[0] ?? []), this.length, ...(parts[1] ?? [])], {
      shape: [values.length],
      dtype: "int64",
      attributes: { axis: 0 },
    });
  }

  /** A float32 number. */
  scalar(value: number): Value {
    return this.constant(new Float32Array([value]), []);
  }

  /** The graph of everything the outputs depend on. */
  finish(name: string): GraphProto {
    const needed = new Set(this.outputs.map((output) => output.name));
    const node = this.nodes.toReversed().filter(({ input, output }) => {
      if (!output.some((result) => needed.has(result))) return false;
      for (const source of input) needed.add(source);
      return true;
    });
    const initializer = [...this.tensors.values()].filter((tensor) => needed.has(tensor.name));
    return { name, node: node.reverse(), initializer, input: this.inputs, output: this.outputs };
  }

  private store(name: string, data: Float32Array | BigInt64Array, shape: Shape): void {
    if (data.length !== elements(shape))
      throw new Error(`${name}: ${data.length} is not [${shape}]`);
    const dataType = ELEMENT_CODES[data instanceof Float32Array ? "float32" : "int64"];
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.tensors.set(name, { name, dims: shape, dataType, rawData });
  }
}
