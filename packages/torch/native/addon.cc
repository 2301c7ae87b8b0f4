#include <napi.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "guard.h"
#include "operator.h"
#include "runtime.h"
#include "state.h"
#include "tensor.h"

namespace v2l {

namespace {

// initialise(TensorClass, ErrorClass): must come before anything else.
Napi::Value initialise(const Napi::CallbackInfo& info) {
  State& state = State::of(info.Env());
  state.tensorClass = Napi::Persistent(info[0].As<Napi::Function>());
  state.errorClass = Napi::Persistent(info[1].As<Napi::Function>());
  return info.Env().Undefined();
}

// A training step frees and asks for the same large blocks again and again. By default glibc gives
// them back to the kernel in between, and a good part of a step goes into page faults. Now freed
// memory stays with the process, which is as large as its largest step.
void keepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_MMAP_MAX, 0);
#endif
}

void keepState(Napi::Env, State*) {}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  keepFreedMemory();
  env.SetInstanceData<State, keepState>(new State());
  exports["initialise"] = Napi::Function::New<initialise>(env);
  exportTensor(env, exports);
  exportOperator(env, exports);
  exportRuntime(env, exports);
  return exports;
}

}  // namespace

}  // namespace v2l

Napi::Object Init(Napi::Env env, Napi::Object exports) { return v2l::init(env, exports); }
NODE_API_MODULE(v2l_torch, Init)
