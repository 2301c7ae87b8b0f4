// JavaScript objects that hold an at::Tensor.
#pragma once
#include <napi.h>

#include "libtorch.h"

namespace v2l {

// A new JavaScript Tensor; null for an undefined tensor.
napi_value wrap(napi_env env, at::Tensor tensor);

// The tensor inside `value`. `name` is the argument's name in the error when it is not a live Tensor.
const at::Tensor& unwrap(napi_env env, napi_value value, const char* name);

// For messages: "float32[2, 3]", "disposed Tensor", "[1, 2]", ... Arrays down to `depth`.
std::string describe(napi_env env, napi_value value, int depth = 2);

// The JavaScript name of a dtype, and back; throws on names libtorch lacks.
const char* dtypeName(at::ScalarType type);
at::ScalarType dtypeFromName(const std::string& name);

void exportTensor(Napi::Env env, Napi::Object exports);

}  // namespace v2l
