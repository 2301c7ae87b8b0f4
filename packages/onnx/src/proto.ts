import protobuf from "protobufjs/light.js";
import { LENGTH } from "./shapes.js";

/**
 * The part of ONNX's protocol buffers (onnx.proto3, IR version 10) that graphs are written with.
 * Field numbers are those of the standard.
 */
const messages = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: { id: 1, type: "int64" },
        producerName: { id: 2, type: "string" },
        graph: { id: 7, type: "Graph" },
        opsetImport: { id: 8, type: "OperatorSet", rule: "repeated" },
      },
    },
    OperatorSet: {
      fields: { domain: { id: 1, type: "string" }, version: { id: 2, type: "int64" } },
    },
    Graph: {
      fields: {
        node: { id: 1, type: "Node", rule: "repeated" },
        name: { id: 2, type: "string" },
        initializer: { id: 5, type: "Tensor", rule: "repeated" },
        input: { id: 11, type: "ValueInfo", rule: "repeated" },
        output: { id: 12, type: "ValueInfo", rule: "repeated" },
      },
    },
    Node: {
      fields: {
        input: { id: 1, type: "string", rule: "repeated" },
        output: { id: 2, type: "string", rule: "repeated" },
        name: { id: 3, type: "string" },
        opType: { id: 4, type: "string" },
        attribute: { id: 5, type: "Attribute", rule: "repeated" },
      },
    },
    Attribute: {
      fields: {
        name: { id: 1, type: "string" },
        f: { id: 2, type: "float" },
        i: { id: 3, type: "int64" },
        s: { id: 4, type: "bytes" },
        ints: { id: 8, type: "int64", rule: "repeated" },
        type: { id: 20, type: "int32" },
      },
    },
    Tensor: {
      fields: {
        dims: { id: 1, type: "int64", rule: "repeated" },
        dataType: { id: 2, type: "int32" },
        name: { id: 8, type: "string" },
        rawData: { id: 9, type: "bytes" },
        externalData: { id: 13, type: "Entry", rule: "repeated" },
        dataLocation: { id: 14, type: "int32" },
      },
    },
    Entry: { fields: { key: { id: 1, type: "string" }, value: { id: 2, type: "string" } } },
    ValueInfo: { fields: { name: { id: 1, type: "string" }, type: { id: 2, type: "Type" } } },
    Type: { fields: { tensorType: { id: 1, type: "TensorType" } } },
    TensorType: {
      fields: { elemType: { id: 1, type: "int32" }, shape: { id: 2, type: "Shape" } },
    },
    Shape: { fields: { dim: { id: 1, type: "Dimension", rule: "repeated" } } },
    Dimension: {
      fields: { dimValue: { id: 1, type: "int64" }, dimParam: { id: 2, type: "string" } },
    },
  },
});

const Model = messages.lookupType("Model");

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
  return { graph: Model.encode(model).finish(), tensors };
}
