#include "tensor.h"

#include <sstream>

#include "guard.h"
#include "state.h"

namespace v2l {

namespace {

// How much of an array error messages show.
constexpr uint32_t kShownElements = 8;

// What a JavaScript Tensor wraps until it is disposed.
struct Holder {
  State& state;
  at::Tensor tensor;
  // Bytes reported to V8; 0 for views of storage that another tensor has reported.
  int64_t bytes;
};

int64_t ownedBytes(const at::Tensor& tensor) {
  if (!tensor.has_storage() || tensor.storage().use_count() > 1) return 0;
  return static_cast<int64_t>(tensor.storage().nbytes());
}

void report(napi_env env, int64_t bytes) {
  int64_t total;
  if (bytes != 0) napi_adjust_external_memory(env, bytes, &total);
}

void release(napi_env env, Holder* holder) {
  holder->state.holders.erase(holder);
  report(env, -holder->bytes);
  delete holder;
}

void finalise(napi_env env, void* data, void*) { release(env, static_cast<Holder*>(data)); }

Holder* holderOf(napi_env env, napi_value value) {
  void* data = nullptr;
  if (napi_unwrap(env, value, &data) != napi_ok) return nullptr;
  return State::of(env).holders.count(data) ? static_cast<Holder*>(data) : nullptr;
}

bool isDisposedTensor(napi_env env, napi_value value) {
  const Napi::Value js(env, value);
  return js.IsObject() && js.As<Napi::Object>().InstanceOf(State::of(env).tensorClass.Value());
}

std::vector<int64_t> shapeFrom(const Napi::Array& array) {
  std::vector<int64_t> shape(array.Length());
  for (uint32_t i = 0; i < shape.size(); i++) {
    shape[i] = array.Get(i).As<Napi::Number>().Int64Value();
  }
  return shape;
}

size_t byteLength(const std::vector<int64_t>& shape, at::ScalarType dtype) {
  size_t bytes = c10::elementSize(dtype);
  for (const int64_t size : shape) {
    if (size < 0) throw Failure("INVALID_ARGUMENT", "Expected sizes of at least 0 for `shape`");
    bytes *= static_cast<size_t>(size);
  }
  return bytes;
}

// tensorFromBytes(bytes: Uint8Array, shape, dtype, device): one copy, straight to the device.
Napi::Value tensorFromBytes(const Napi::CallbackInfo& info) {
  auto bytes = info[0].As<Napi::Uint8Array>();
  const auto shape = shapeFrom(info[1].As<Napi::Array>());
  const auto dtype = dtypeFromName(info[2].As<Napi::String>());
  const c10::Device device(info[3].As<Napi::String>().Utf8Value());
  at::NoGradGuard noGrad;
  const size_t expected = byteLength(shape, dtype);
  if (expected != bytes.ByteLength()) {
    throw Failure("INVALID_ARGUMENT", "Expected " + std::to_string(expected) +
                                          " bytes for `data` but received " +
                                          std::to_string(bytes.ByteLength()));
  }
  at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(dtype).device(device));
  if (expected > 0) {
    tensor.copy_(at::from_blob(bytes.Data(), shape, at::TensorOptions().dtype(dtype)));
  }
  return Napi::Value(info.Env(), wrap(info.Env(), std::move(tensor)));
}

// tensorToBuffer(tensor, dtype): ArrayBuffer in C order, converted to `dtype`, one copy.
Napi::Value tensorToBuffer(const Napi::CallbackInfo& info) {
  const at::Tensor& tensor = unwrap(info.Env(), info[0], "tensor");
  const auto dtype = dtypeFromName(info[1].As<Napi::String>());
  const size_t length = tensor.numel() * c10::elementSize(dtype);
  auto buffer = Napi::ArrayBuffer::New(info.Env(), length);
  if (length > 0) {
    at::NoGradGuard noGrad;
    at::from_blob(buffer.Data(), tensor.sizes(), at::TensorOptions().dtype(dtype))
        .copy_(tensor.detach());
  }
  return buffer;
}

Napi::Value shape(const Napi::CallbackInfo& info) {
  const auto sizes = unwrap(info.Env(), info[0], "tensor").sizes();
  auto array = Napi::Array::New(info.Env(), sizes.size());
  for (uint32_t i = 0; i < sizes.size(); i++) array[i] = static_cast<double>(sizes[i]);
  return array;
}

Napi::Value dtype(const Napi::CallbackInfo& info) {
  const at::Tensor& tensor = unwrap(info.Env(), info[0], "tensor");
  return Napi::String::New(info.Env(), dtypeName(tensor.scalar_type()));
}

Napi::Value device(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), unwrap(info.Env(), info[0], "tensor").device().str());
}

// contiguous(tensor, memoryFormat): whether the memory is laid out so.
Napi::Value isContiguous(const Napi::CallbackInfo& info) {
  const bool channelsLast = info[1].ToBoolean();
  const auto format = channelsLast ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  return Napi::Boolean::New(info.Env(),
                            unwrap(info.Env(), info[0], "tensor").is_contiguous(format));
}

Napi::Value item(const Napi::CallbackInfo& info) {
  const at::Scalar scalar = unwrap(info.Env(), info[0], "tensor").item();
  if (scalar.isBoolean()) return Napi::Boolean::New(info.Env(), scalar.toBool());
  return Napi::Number::New(info.Env(), scalar.toDouble());
}

Napi::Value dispose(const Napi::CallbackInfo& info) {
  Holder* holder = holderOf(info.Env(), info[0]);
  if (holder == nullptr) return info.Env().Undefined();
  void* data = nullptr;
  napi_remove_wrap(info.Env(), info[0], &data);
  release(info.Env(), holder);
  return info.Env().Undefined();
}

Napi::Value isDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), holderOf(info.Env(), info[0]) == nullptr);
}

Napi::Value liveTensors(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(State::of(info.Env()).holders.size()));
}

// externalMemory(): the bytes outside the heap that V8 knows of.
Napi::Value externalMemory(const Napi::CallbackInfo& info) {
  int64_t total = 0;
  napi_adjust_external_memory(info.Env(), 0, &total);
  return Napi::Number::New(info.Env(), static_cast<double>(total));
}

}  // namespace

napi_value wrap(napi_env env, at::Tensor tensor) {
  napi_value object;
  if (!tensor.defined()) {
    napi_get_null(env, &object);
    return object;
  }
  State& state = State::of(env);
  NAPI_THROW_IF_FAILED(env, napi_new_instance(env, state.tensorClass.Value(), 0, nullptr, &object),
                       nullptr);
  const int64_t bytes = ownedBytes(tensor);
  auto* holder = new Holder{state, std::move(tensor), bytes};
  if (napi_wrap(env, object, holder, finalise, nullptr, nullptr) != napi_ok) {
    delete holder;
    throw Failure("OPERATOR_FAILED", "Node-API could not wrap a tensor");
  }
  state.holders.insert(holder);
  report(env, bytes);
  return object;
}

const at::Tensor& unwrap(napi_env env, napi_value value, const char* name) {
  if (const Holder* holder = holderOf(env, value)) return holder->tensor;
  if (isDisposedTensor(env, value)) {
    throw Failure("DISPOSED", std::string("Expected a live Tensor for `") + name +
                                  "` but received a disposed one. Return it from its scope, or "
                                  "keep() it, to use it later");
  }
  throw Failure("INVALID_ARGUMENT", std::string("Expected a Tensor for `") + name +
                                        "` but received " + describe(env, value));
}

std::string describe(napi_env env, napi_value value, int depth) {
  if (const Holder* holder = holderOf(env, value)) {
    std::ostringstream out;
    out << dtypeName(holder->tensor.scalar_type()) << holder->tensor.sizes();
    return out.str();
  }
  const Napi::Value js(env, value);
  if (js.IsArray()) {
    if (depth == 0) return "[...]";
    const auto array = js.As<Napi::Array>();
    std::string out = "[";
    for (uint32_t i = 0; i < array.Length() && i < kShownElements; i++) {
      out += (i ? ", " : "") + describe(env, array.Get(i), depth - 1);
    }
    return out + (array.Length() > kShownElements ? ", ...]" : "]");
  }
  if (js.IsString()) return '"' + js.As<Napi::String>().Utf8Value() + '"';
  if (js.IsFunction()) return "a function";
  if (js.IsSymbol()) return "a symbol";
  if (js.IsObject()) return isDisposedTensor(env, value) ? "disposed Tensor" : "an object";
  return js.ToString().Utf8Value();
}

namespace {

struct DtypeName {
  at::ScalarType type;
  const char* name;
};

constexpr DtypeName kDtypes[] = {
    {at::kFloat, "float32"}, {at::kDouble, "float64"}, {at::kHalf, "float16"},
    {at::kBFloat16, "bfloat16"}, {at::kLong, "int64"}, {at::kInt, "int32"},
    {at::kShort, "int16"}, {at::kChar, "int8"}, {at::kByte, "uint8"}, {at::kBool, "bool"},
};

}  // namespace

const char* dtypeName(at::ScalarType type) {
  for (const auto& entry : kDtypes) {
    if (entry.type == type) return entry.name;
  }
  return c10::toString(type);
}

at::ScalarType dtypeFromName(const std::string& name) {
  for (const auto& entry : kDtypes) {
    if (name == entry.name) return entry.type;
  }
  throw Failure("INVALID_ARGUMENT", "Expected a dtype such as float32, bfloat16 or int64 for "
                                    "`dtype` but received \"" + name + '"');
}

void exportTensor(Napi::Env env, Napi::Object exports) {
  exports["tensorFromBytes"] = Napi::Function::New<guarded<tensorFromBytes>>(env);
  exports["tensorToBuffer"] = Napi::Function::New<guarded<tensorToBuffer>>(env);
  exports["shape"] = Napi::Function::New<guarded<shape>>(env);
  exports["dtype"] = Napi::Function::New<guarded<dtype>>(env);
  exports["device"] = Napi::Function::New<guarded<device>>(env);
  exports["isContiguous"] = Napi::Function::New<guarded<isContiguous>>(env);
  exports["item"] = Napi::Function::New<guarded<item>>(env);
  exports["dispose"] = Napi::Function::New<guarded<dispose>>(env);
  exports["isDisposed"] = Napi::Function::New<guarded<isDisposed>>(env);
  exports["externalMemory"] = Napi::Function::New<guarded<externalMemory>>(env);
  exports["liveTensors"] = Napi::Function::New<guarded<liveTensors>>(env);
}

}  // namespace v2l
