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

// Runs `callback`; no C++ exception leaves it.
template <Callback callback>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  try {
    return callback(info);
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (...) {
    throwToJs(info.Env(), currentFailure());
  }
  return Napi::Value();
}

}  // namespace v2l
