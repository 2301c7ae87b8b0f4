// What the addon remembers per Node environment (main thread or worker). It is never freed: tensors
// that are finalised while the environment shuts down still count themselves out.
#pragma once
#include <napi.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace v2l {

struct Operator;

struct State {
  Napi::FunctionReference tensorClass;
  Napi::FunctionReference errorClass;
  // Resolved operators by name; JavaScript functions point into them.
  std::unordered_map<std::string, std::shared_ptr<Operator>> operators;
  // Every live holder: what a JavaScript object wraps is ours only if it is in here.
  std::unordered_set<const void*> holders;

  static State& of(Napi::Env env) { return *env.GetInstanceData<State>(); }
};

}  // namespace v2l
