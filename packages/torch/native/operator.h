// An ATen operator with the plan for converting its arguments, read once from its schema.
#pragma once
#include <napi.h>

#include <string>
#include <vector>

#include "libtorch.h"

namespace v2l {

enum class Kind {
  Tensor,
  TensorList,
  OptionalTensorList,
  Int,
  IntList,
  Float,
  FloatList,
  Bool,
  BoolList,
  String,
  Scalar,
  ScalarList,
  ScalarType,
  Layout,
  MemoryFormat,
  Device,
  Generator,
  Unsupported,
};

struct Argument {
  std::string name;
  std::string type;
  Kind kind;
  bool optional;
  bool hasDefault;
  c10::IValue fallback;
  // Length of a fixed-size list (int[2]), which also takes one number for all; 0 otherwise.
  int32_t fixedLength;
};

struct Operator {
  explicit Operator(c10::OperatorHandle handle);

  c10::OperatorHandle handle;
  std::string name;
  std::vector<Argument> arguments;
  // In-place operators give their first argument back: JavaScript gets the same object.
  bool returnsSelf;
};

Argument planArgument(const c10::Argument& argument);

// Converts by the plan; throws a Failure that names the argument.
c10::IValue toIValue(napi_env env, napi_value value, const Argument& argument);
napi_value fromIValue(napi_env env, c10::IValue&& value);

void exportOperator(Napi::Env env, Napi::Object exports);

}  // namespace v2l
