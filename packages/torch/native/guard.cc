#include "guard.h"

#include "libtorch.h"
#include "state.h"

namespace v2l {

namespace {

std::string codeOf(const std::string& message) {
  const bool memory = message.find("out of memory") != std::string::npos ||
                      message.find("allocate memory") != std::string::npos;
  return memory ? "OUT_OF_MEMORY" : "OPERATOR_FAILED";
}

}  // namespace

Failure currentFailure() {
  try {
    throw;
  } catch (const Failure& failure) {
    return failure;
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    return Failure(codeOf(message), message);
  } catch (const std::bad_alloc&) {
    return Failure("OUT_OF_MEMORY", "libtorch ran out of memory");
  } catch (const std::exception& error) {
    return Failure(codeOf(error.what()), error.what());
  } catch (...) {
    return Failure("OPERATOR_FAILED", "libtorch threw an unknown exception");
  }
}

void throwToJs(Napi::Env env, const Failure& failure) {
  State& state = State::of(env);
  napi_value arguments[] = {Napi::String::New(env, failure.code),
                            Napi::String::New(env, failure.what())};
  napi_value error;
  if (napi_new_instance(env, state.errorClass.Value(), 2, arguments, &error) == napi_ok) {
    napi_throw(env, error);
  }
}

}  // namespace v2l
