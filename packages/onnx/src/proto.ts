import protobuf from "protobufjs/minimal.js";
import { LENGTH } from "./shapes.js";

type FieldType = "int64" | "int32" | "float" | "string" | "bytes" | MessageName;

/** A field's number in the standard and its type; a list is written one by one. */
type Field = readonly [id: number, type: FieldType];

type MessageName = keyof typeof MESSAGES;

/**
 * The part of ONNX's protocol buffers (onnx.proto3, IR version 10) that graphs are written with.
 * Field numbers are those of the standard.
 */
const MESSAGES = {
  Model: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    graph: [7, "Graph"],
    opsetImport: [8, "OperatorSet"],
  },
  OperatorSet: { domain: [1, "string"], version: [2, "int64"] },
  Graph: {
    node: [1, "Node"],
    name: [2, "string"],
    initializer: [5, "Tensor"],
    input: [11, "ValueInfo"],
    output: [12, "ValueInfo"],
  },
  Node: {
    input: [1, "string"],
    output: [2, "string"],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "Attribute"],
  },
  Attribute: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    ints: [8, "int64"],
    type: [20, "int32"],
  },
  Tensor: {
    dims: [1, "int64"],
    dataType: [2, "int32"],
    name: [8, "string"],
    rawData: [9, "bytes"],
    externalData: [13, "Entry"],
    dataLocation: [14, "int32"],
  },
  Entry: { key: [1, "string"], value: [2, "string"] },
  ValueInfo: { name: [1, "string"], type: [2, "Type"] },
  Type: { tensorType: [1, "TensorType"] },
  TensorType: { elemType: [1, "int32"], shape: [2, "Shape"] },
  Shape: { dim: [1, "Dimension"] },
  Dimension: { dimValue: [1, "int64"], dimParam: [2, "string"] },
} as const;

/** Wire types of protocol buffers. */
const WIRE = { int64: 0, int32: 0, float: 5, string: 2, bytes: 2 } as const;

/**
 * Writes the known fields of a message. A list of fields instead of generated code, because pages with
 * a content security policy may not generate code.
 */
function write(name: MessageName, message: object, writer: protobuf.Writer): protobuf.Writer {
  const values = message as Readonly<Record<string, unknown>>;
  const fields: Readonly<Record<string, Field>> = MESSAGES[name];
  for (const [key, field] of Object.entries(fields)) {
    const value = values[key];
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) writeField(field, one, writer);
  }
  return writer;
}

function writeField([id, type]: Field, value: unknown, writer: protobuf.Writer): void {
  if (type in MESSAGES) {
    writer.uint32((id << 3) | 2).fork();
    write(type as MessageName, value as object, writer).ldelim();
    return;
  }
  const scalar = type as keyof typeof WIRE;
  writer.uint32((id << 3) | WIRE[scalar])[scalar](value as never);
}

export type ElementType = "float32" | "int64" | "int32";

/** TensorProto.DataType. */
export const ELEMENT_CODES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
};

export type AttributeValue = number | string | readonly number[] | { readonly float: number };

export interface NodeProto {
  readonly opType: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly object[];
}

export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: object;
}

export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

/** Whole numbers are integer attributes; wrap a float as `{ float }`. */
export function attribute(name: string, value: AttributeValue): object {
  if (typeof value === "number") return { name, i: value, type: 2 };
  if (typeof value === "string") return { name, s: new TextEncoder().encode(value), type: 3 };
  if ("float" in value) return { name, f: value.float, type: 1 };
  return { name, ints: value, type: 7 };
}

/** A tensor of a graph's signature; -1 stands for the batch size, -2 for a sequence's length. */
export function valueInfo(
  name: string,
  dtype: ElementType,
  shape: readonly number[],
): ValueInfoProto {
  const dim = shape.map((size) => {
    if (size >= 0) return { dimValue: size };
    return { dimParam: size === LENGTH ? "length" : "batch" };
  });
  return { name, type: { tensorType: { elemType: ELEMENT_CODES[dtype], shape: { dim } } } };
}

/** An ONNX model in memory: the graph, and beside it the large tensors that the graph names. */
export interface OnnxModel {
  readonly graph: Uint8Array;
  readonly tensors: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** Tensors from this many bytes on stay outside the protocol buffer. */
const LARGE = 1024;

/** The newest operator set whose operators all have native kernels in ONNX Runtime. */
const OPSET = 21;

/**
 * Encodes a graph. Large tensors are handed over as they are ("external data"), so weights are not
 * copied on their way to ONNX Runtime, and protocol buffers' limit of 2 GiB does not concern them.
 */
export function encodeModel(graph: GraphProto): OnnxModel {
  const large = graph.initializer.filter((tensor) => tensor.rawData.length >= LARGE);
  const tensors = large.map(({ name, rawData }) => ({ path: name, data: rawData }));
  const initializer = graph.initializer.map((tensor) => {
    const { name, dims, dataType, rawData } = tensor;
    if (rawData.length < LARGE) return tensor;
    return {
      name,
      dims,
      dataType,
      externalData: [{ key: "location", value: name }],
      dataLocation: 1,
    };
  });
  const model = {
    irVersion: 10,
    producerName: "v2l",
    graph: { ...graph, initializer },
    opsetImport: [{ domain: "", version: OPSET }],
  };
  return { graph: write("Model", model, protobuf.Writer.create()).finish(), tensors };
}
