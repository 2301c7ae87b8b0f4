#include "runtime.h"

#include <cstring>

#include "guard.h"
#include "libtorch.h"
#include "tensor.h"

namespace v2l {

namespace {

at::Tensor optionalTensor(const Napi::Value& value, const char* name) {
  if (value.IsNull() || value.IsUndefined()) return at::Tensor();
  return unwrap(value.Env(), value, name);
}

std::vector<at::Tensor> tensors(const Napi::Value& value, const char* name) {
  std::vector<at::Tensor> out;
  if (!value.IsArray()) return out;
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) out.push_back(optionalTensor(array.Get(i), name));
  return out;
}

// backward(loss, gradient | null, retainGraph)
Napi::Value backward(const Napi::CallbackInfo& info) {
  const at::Tensor& loss = unwrap(info.Env(), info[0], "loss");
  std::vector<at::Tensor> gradients;
  const at::Tensor gradient = optionalTensor(info[1], "gradient");
  if (gradient.defined()) gradients.push_back(gradient);
  torch::autograd::backward({loss}, gradients, info[2].ToBoolean().Value());
  return info.Env().Undefined();
}

// grad(outputs, inputs, gradOutputs, retainGraph, createGraph, allowUnused)
Napi::Value grad(const Napi::CallbackInfo& info) {
  auto gradients = torch::autograd::grad(
      tensors(info[0], "outputs"), tensors(info[1], "inputs"), tensors(info[2], "gradOutputs"),
      info[3].ToBoolean().Value(), info[4].ToBoolean().Value(), info[5].ToBoolean().Value());
  auto array = Napi::Array::New(info.Env(), gradients.size());
  for (uint32_t i = 0; i < gradients.size(); i++) {
    array[i] = Napi::Value(info.Env(), wrap(info.Env(), std::move(gradients[i])));
  }
  return array;
}

// setGradMode(enabled): the mode before.
Napi::Value setGradMode(const Napi::CallbackInfo& info) {
  const bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(info[0].ToBoolean());
  return Napi::Boolean::New(info.Env(), before);
}

Napi::Value requiresGrad(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), unwrap(info.Env(), info[0], "tensor").requires_grad());
}

Napi::Value setRequiresGrad(const Napi::CallbackInfo& info) {
  unwrap(info.Env(), info[0], "tensor").set_requires_grad(info[1].ToBoolean());
  return info.Env().Undefined();
}

Napi::Value gradOf(const Napi::CallbackInfo& info) {
  return Napi::Value(info.Env(),
                     wrap(info.Env(), unwrap(info.Env(), info[0], "tensor").grad()));
}

Napi::Value setGrad(const Napi::CallbackInfo& info) {
  const at::Tensor& tensor = unwrap(info.Env(), info[0], "tensor");
  tensor.mutable_grad() = optionalTensor(info[1], "grad");
  return info.Env().Undefined();
}

Napi::Value manualSeed(const Napi::CallbackInfo& info) {
  at::manual_seed(static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value()));
  return info.Env().Undefined();
}

at::Generator generator(const Napi::Value& device) {
  const c10::Device parsed(device.As<Napi::String>().Utf8Value());
  return at::globalContext().defaultGenerator(parsed);
}

// randomState(device): the random generator's state as a tensor.
Napi::Value randomState(const Napi::CallbackInfo& info) {
  at::Generator source = generator(info[0]);
  std::lock_guard<std::mutex> lock(source.mutex());
  return Napi::Value(info.Env(), wrap(info.Env(), source.get_state()));
}

Napi::Value setRandomState(const Napi::CallbackInfo& info) {
  at::Generator target = generator(info[0]);
  std::lock_guard<std::mutex> lock(target.mutex());
  target.set_state(unwrap(info.Env(), info[1], "state"));
  return info.Env().Undefined();
}

Napi::Value setThreads(const Napi::CallbackInfo& info) {
  at::set_num_threads(info[0].As<Napi::Number>().Int32Value());
  return info.Env().Undefined();
}

Napi::Value threads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), at::get_num_threads());
}

Napi::Value cudaDevices(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(torch::cuda::device_count()));
}

Napi::Value cudaSynchronize(const Napi::CallbackInfo& info) {
  torch::cuda::synchronize();
  return info.Env().Undefined();
}

}  // namespace

void exportRuntime(Napi::Env env, Napi::Object exports) {
  exports["version"] = Napi::String::New(env, TORCH_VERSION);
  exports["backward"] = Napi::Function::New<guarded<backward>>(env);
  exports["grad"] = Napi::Function::New<guarded<grad>>(env);
  exports["setGradMode"] = Napi::Function::New<guarded<setGradMode>>(env);
  exports["requiresGrad"] = Napi::Function::New<guarded<requiresGrad>>(env);
  exports["setRequiresGrad"] = Napi::Function::New<guarded<setRequiresGrad>>(env);
  exports["gradOf"] = Napi::Function::New<guarded<gradOf>>(env);
  exports["setGrad"] = Napi::Function::New<guarded<setGrad>>(env);
  exports["manualSeed"] = Napi::Function::New<guarded<manualSeed>>(env);
  exports["randomState"] = Napi::Function::New<guarded<randomState>>(env);
  exports["setRandomState"] = Napi::Function::New<guarded<setRandomState>>(env);
  exports["setThreads"] = Napi::Function::New<guarded<setThreads>>(env);
  exports["threads"] = Napi::Function::New<guarded<threads>>(env);
  exports["cudaDevices"] = Napi::Function::New<guarded<cudaDevices>>(env);
  exports["cudaSynchronize"] = Napi::Function::New<guarded<cudaSynchronize>>(env);
}

}  // namespace v2l
