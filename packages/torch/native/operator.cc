#include "operator.h"

#include <sstream>

#include "guard.h"
#include "state.h"
#include "tensor.h"

namespace v2l {

namespace {

constexpr size_t kMaxArguments = 32;

bool writes(const c10::Argument& argument) {
  return argument.alias_info() != nullptr && argument.alias_info()->isWrite();
}

std::string describeCall(napi_env env, const Operator& op, const napi_value* values, size_t count) {
  std::string out = op.name + "(";
  for (size_t i = 0; i < count && i < op.arguments.size(); i++) {
    if (Napi::Value(env, values[i]).IsUndefined()) continue;
    if (out.back() != '(') out += ", ";
    out += op.arguments[i].name + ": " + describe(env, values[i]);
  }
  return out + ")";
}

napi_value run(napi_env env, const Operator& op, const napi_value* values, size_t count) {
  if (count > op.arguments.size()) {
    throw Failure("INVALID_ARGUMENT", "Expected at most " + std::to_string(op.arguments.size()) +
                                          " arguments but received " + std::to_string(count));
  }
  std::vector<c10::IValue> stack;
  stack.reserve(op.arguments.size());
  for (size_t i = 0; i < op.arguments.size(); i++) {
    const Argument& argument = op.arguments[i];
    if (i < count) {
      stack.push_back(toIValue(env, values[i], argument));
    } else if (argument.hasDefault) {
      stack.push_back(argument.fallback);
    } else {
      throw Failure("INVALID_ARGUMENT", "Expected " + argument.type + " for `" + argument.name +
                                            "` but received nothing");
    }
  }
  op.handle.callBoxed(&stack);
  if (op.returnsSelf) return values[0];
  if (stack.empty()) return Napi::Env(env).Undefined();
  if (stack.size() == 1) return fromIValue(env, std::move(stack[0]));
  auto results = Napi::Array::New(env, stack.size());
  for (uint32_t i = 0; i < stack.size(); i++) {
    results[i] = Napi::Value(env, fromIValue(env, std::move(stack[i])));
  }
  return results;
}

// The body of every operator's JavaScript function.
napi_value invoke(napi_env env, napi_callback_info info) {
  napi_value values[kMaxArguments];
  size_t count = kMaxArguments;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, values, nullptr, &data);
  const auto& op = *static_cast<const Operator*>(data);
  return guard(
      env, [&] { return run(env, op, values, count); },
      [&](const Failure& failure) {
        return Failure(failure.code,
                       describeCall(env, op, values, count) + ": " + failure.what());
      });
}

c10::OperatorHandle find(const std::string& name, const std::string& overload) {
  const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!handle.has_value()) {
    throw Failure("UNKNOWN_OPERATOR",
                  "Expected an operator of libtorch " TORCH_VERSION " for `name` but received \"" +
                      name + (overload.empty() ? "" : "." + overload) + '"');
  }
  return *handle;
}

// operator(name, overload): a JavaScript function that calls it.
Napi::Value resolve(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>();
  const std::string overload = info[1].As<Napi::String>();
  State& state = State::of(info.Env());
  const std::string key = name + "." + overload;
  auto entry = state.operators.find(key);
  if (entry == state.operators.end()) {
    entry = state.operators.emplace(key, std::make_shared<Operator>(find(name, overload))).first;
  }
  napi_value function;
  NAPI_THROW_IF_FAILED(info.Env(),
                       napi_create_function(info.Env(), name.c_str(), name.size(), invoke,
                                            entry->second.get(), &function),
                       Napi::Value());
  return Napi::Value(info.Env(), function);
}

// schema(name, overload): the schema as text.
Napi::Value schema(const Napi::CallbackInfo& info) {
  std::ostringstream out;
  out << find(info[0].As<Napi::String>(), info[1].As<Napi::String>()).schema();
  return Napi::String::New(info.Env(), out.str());
}

}  // namespace

Operator::Operator(c10::OperatorHandle op) : handle(std::move(op)) {
  const auto& schema = handle.schema();
  name = schema.name() + (schema.overload_name().empty() ? "" : "." + schema.overload_name());
  for (const auto& argument : schema.arguments()) arguments.push_back(planArgument(argument));
  returnsSelf = schema.returns().size() == 1 && !arguments.empty() &&
                arguments[0].kind == Kind::Tensor && writes(schema.arguments()[0]) &&
                writes(schema.returns()[0]);
  if (arguments.size() > kMaxArguments) {
    throw Failure("UNKNOWN_OPERATOR", name + " has more arguments than the addon passes on");
  }
}

void exportOperator(Napi::Env env, Napi::Object exports) {
  exports["operator"] = Napi::Function::New<guarded<resolve>>(env);
  exports["schema"] = Napi::Function::New<guarded<schema>>(env);
}

}  // namespace v2l
