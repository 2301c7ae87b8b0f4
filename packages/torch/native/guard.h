// Errors on the way from C++ to JavaScript. Every exported function runs inside `guarded`.
#pragma once
#include <napi.h>

#include <stdexcept>
#include <string>

namespace v2l {

// Becomes a TorchError with this code. The codes are documented in src/error.ts.
struct Failure : std::runtime_error {
  Failure(std::string code, const std::string& message)
      : std::runtime_error(message), code(std::move(code)) {}
  std::string code;
};

// The exception in flight as a Failure: libtorch's own message without its C++ backtrace.
Failure currentFailure();

// Throws `failure` into JavaScript as a TorchError.
void throwToJs(Napi::Env env, const Failure& failure);

using Callback = Napi::Value (*)(const Napi::CallbackInfo&);

// Runs `body`, which returns a Napi::Value or napi_value; no C++ exception leaves it. `explain` turns
// the failure that the exception in flight stands for into the one to throw. JavaScript exceptions,
// such as those of a getter, pass through.
template <typename Body, typename Explain>
auto guard(napi_env env, Body body, Explain explain) -> decltype(body()) {
  try {
    try {
      return body();
    } catch (const Napi::Error&) {
      throw;
    } catch (...) {
      throwToJs(env, explain(currentFailure()));
    }
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (...) {
    throwToJs(env, currentFailure());
  }
  return {};
}

// An exported function behind the guard.
template <Callback callback>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  return guard(
      info.Env(), [&] { return callback(info); }, [](Failure failure) { return failure; });
}

}  // namespace v2l
