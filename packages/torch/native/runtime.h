// Autograd and the state of the libtorch process: seed, threads, CUDA.
#pragma once
#include <napi.h>

namespace v2l {

void exportRuntime(Napi::Env env, Napi::Object exports);

}  // namespace v2l
