// What the addon remembers per Node environment (main thread or worker). It is never freed: tensors
// that are finalised while the environment shuts down still count themselves out.
#pragma once
#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace v2l {

struct Operator;

struct State {
  Napi::FunctionReference tensorClass;
  Napi::FunctionReference errorClass;
  // Resolved operators by name; JavaScript functions point into them.
  std::unordered_map<std::string, std::shared_ptr<Operator>> operators;
  int64_t liveTensors = 0;

  static State& of(Napi::Env env) { return *env.GetInstanceData<State>(); }
};

}  // namespace v2l
