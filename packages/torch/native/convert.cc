#include <cmath>
#include <sstream>

#include "guard.h"
#include "operator.h"
#include "tensor.h"

namespace v2l {

namespace {

Kind listKind(const c10::TypePtr& element) {
  switch (element->kind()) {
    case c10::TypeKind::TensorType: return Kind::TensorList;
    case c10::TypeKind::OptionalType: return Kind::OptionalTensorList;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return Kind::IntList;
    case c10::TypeKind::FloatType: return Kind::FloatList;
    case c10::TypeKind::BoolType: return Kind::BoolList;
    case c10::TypeKind::NumberType: return Kind::ScalarList;
    default: return Kind::Unsupported;
  }
}

Kind kindOf(const c10::TypePtr& type) {
  switch (type->kind()) {
    case c10::TypeKind::TensorType: return Kind::Tensor;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return Kind::Int;
    case c10::TypeKind::FloatType: return Kind::Float;
    case c10::TypeKind::BoolType: return Kind::Bool;
    case c10::TypeKind::StringType: return Kind::String;
    case c10::TypeKind::NumberType: return Kind::Scalar;
    case c10::TypeKind::ScalarTypeType: return Kind::ScalarType;
    case c10::TypeKind::LayoutType: return Kind::Layout;
    case c10::TypeKind::MemoryFormatType: return Kind::MemoryFormat;
    case c10::TypeKind::DeviceObjType: return Kind::Device;
    case c10::TypeKind::GeneratorType: return Kind::Generator;
    case c10::TypeKind::ListType:
      return listKind(type->castRaw<c10::ListType>()->getElementType());
    default: return Kind::Unsupported;
  }
}

[[noreturn]] void refuse(napi_env env, napi_value value, const Argument& argument,
                         const char* expected) {
  throw Failure("INVALID_ARGUMENT", std::string("Expected ") + expected + " (" + argument.type +
                                        ") for `" + argument.name + "` but received " +
                                        describe(env, value));
}

bool isNullish(napi_valuetype type) { return type == napi_undefined || type == napi_null; }

napi_valuetype typeOf(napi_env env, napi_value value) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  return type;
}

bool readInt(napi_env env, napi_value value, int64_t* out) {
  double number;
  if (napi_get_value_double(env, value, &number) == napi_ok) {
    if (std::abs(number) > 9007199254740991.0 || std::trunc(number) != number) return false;
    *out = static_cast<int64_t>(number);
    return true;
  }
  bool lossless = false;
  return napi_get_value_bigint_int64(env, value, out, &lossless) == napi_ok && lossless;
}

int64_t toInt(napi_env env, napi_value value, const Argument& argument) {
  int64_t out;
  if (!readInt(env, value, &out)) refuse(env, value, argument, "an integer");
  return out;
}

double toDouble(napi_env env, napi_value value, const Argument& argument) {
  double out;
  if (napi_get_value_double(env, value, &out) != napi_ok) refuse(env, value, argument, "a number");
  return out;
}

bool toBool(napi_env env, napi_value value, const Argument& argument) {
  bool out;
  if (napi_get_value_bool(env, value, &out) != napi_ok) refuse(env, value, argument, "a boolean");
  return out;
}

// Whole numbers become integer scalars, as Python's `2` and unlike its `2.0`.
at::Scalar toScalar(napi_env env, napi_value value, const Argument& argument) {
  int64_t integer;
  if (readInt(env, value, &integer)) return at::Scalar(integer);
  bool boolean;
  if (napi_get_value_bool(env, value, &boolean) == napi_ok) return at::Scalar(boolean);
  return at::Scalar(toDouble(env, value, argument));
}

std::string toString(napi_env env, napi_value value, const Argument& argument) {
  if (typeOf(env, value) != napi_string) refuse(env, value, argument, "a string");
  return Napi::String(env, value).Utf8Value();
}

// Calls `push` for each element of a JavaScript array.
template <typename Push>
void forEach(napi_env env, napi_value value, const Argument& argument, Push push) {
  bool array = false;
  napi_is_array(env, value, &array);
  if (!array) refuse(env, value, argument, "an array");
  uint32_t length;
  napi_get_array_length(env, value, &length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    if (napi_get_element(env, value, i, &element) != napi_ok) throw Napi::Error::New(env);
    push(element);
  }
}

c10::IValue toIntList(napi_env env, napi_value value, const Argument& argument) {
  c10::List<int64_t> list;
  int64_t single;
  if (argument.fixedLength > 0 && readInt(env, value, &single)) {
    for (int32_t i = 0; i < argument.fixedLength; i++) list.push_back(single);
    return list;
  }
  forEach(env, value, argument,
          [&](napi_value element) { list.push_back(toInt(env, element, argument)); });
  return list;
}

c10::IValue toOptionalTensorList(napi_env env, napi_value value, const Argument& argument) {
  c10::impl::GenericList list(c10::OptionalType::create(c10::TensorType::get()));
  forEach(env, value, argument, [&](napi_value element) {
    if (isNullish(typeOf(env, element))) {
      list.push_back(c10::IValue());
    } else {
      list.push_back(c10::IValue(unwrap(env, element, argument.name.c_str())));
    }
  });
  return list;
}

template <typename T, typename Convert>
c10::IValue toList(napi_env env, napi_value value, const Argument& argument, Convert convert) {
  c10::List<T> list;
  forEach(env, value, argument,
          [&](napi_value element) { list.push_back(convert(env, element, argument)); });
  return list;
}

at::MemoryFormat memoryFormat(napi_env env, napi_value value, const Argument& argument) {
  const std::string name = toString(env, value, argument);
  if (name == "contiguous") return at::MemoryFormat::Contiguous;
  if (name == "channels_last") return at::MemoryFormat::ChannelsLast;
  if (name == "preserve") return at::MemoryFormat::Preserve;
  refuse(env, value, argument, "contiguous, channels_last or preserve");
}

}  // namespace

Argument planArgument(const c10::Argument& argument) {
  c10::TypePtr type = argument.real_type();
  const bool optional = type->kind() == c10::TypeKind::OptionalType;
  if (optional) type = type->castRaw<c10::OptionalType>()->getElementType();
  const auto fallback = argument.default_value();
  std::ostringstream text;
  text << type->str() << (optional ? "?" : "");
  return Argument{argument.name(),
                  text.str(),
                  kindOf(type),
                  optional,
                  fallback.has_value(),
                  fallback.has_value() ? *fallback : c10::IValue(),
                  argument.N().value_or(0)};
}

c10::IValue toIValue(napi_env env, napi_value value, const Argument& argument) {
  const napi_valuetype type = typeOf(env, value);
  if (type == napi_undefined && argument.hasDefault) return argument.fallback;
  if (isNullish(type) && argument.optional) return c10::IValue();
  switch (argument.kind) {
    case Kind::Tensor: return unwrap(env, value, argument.name.c_str());
    case Kind::TensorList:
      return toList<at::Tensor>(env, value, argument,
                                [](napi_env e, napi_value v, const Argument& a) {
                                  return unwrap(e, v, a.name.c_str());
                                });
    case Kind::OptionalTensorList: return toOptionalTensorList(env, value, argument);
    case Kind::Int: return toInt(env, value, argument);
    case Kind::IntList: return toIntList(env, value, argument);
    case Kind::Float: return toDouble(env, value, argument);
    case Kind::FloatList: return toList<double>(env, value, argument, toDouble);
    case Kind::Bool: return toBool(env, value, argument);
    case Kind::BoolList: return toList<bool>(env, value, argument, toBool);
    case Kind::String: return toString(env, value, argument);
    case Kind::Scalar: return toScalar(env, value, argument);
    case Kind::ScalarList: return toList<at::Scalar>(env, value, argument, toScalar);
    case Kind::ScalarType:
      return static_cast<int64_t>(dtypeFromName(toString(env, value, argument)));
    case Kind::MemoryFormat: return static_cast<int64_t>(memoryFormat(env, value, argument));
    case Kind::Device: return c10::Device(toString(env, value, argument));
    case Kind::Layout:
      if (toString(env, value, argument) == "strided") {
        return static_cast<int64_t>(at::Layout::Strided);
      }
      refuse(env, value, argument, "\"strided\"");
    case Kind::Generator: refuse(env, value, argument, "null: seed with manualSeed()");
    case Kind::Unsupported: break;
  }
  refuse(env, value, argument, "nothing: its type has no JavaScript counterpart");
}

napi_value fromIValue(napi_env env, c10::IValue&& value) {
  if (value.isTensor()) return wrap(env, std::move(value).toTensor());
  if (value.isNone()) return Napi::Env(env).Null();
  if (value.isBool()) return Napi::Boolean::New(env, value.toBool());
  if (value.isInt()) return Napi::Number::New(env, static_cast<double>(value.toInt()));
  if (value.isDouble()) return Napi::Number::New(env, value.toDouble());
  if (value.isScalar()) return Napi::Number::New(env, value.toScalar().toDouble());
  if (value.isString()) return Napi::String::New(env, value.toStringRef());
  if (value.isDevice()) return Napi::String::New(env, value.toDevice().str());
  if (value.isList() || value.isTuple()) {
    std::vector<c10::IValue> elements;
    if (value.isTuple()) {
      for (const auto& element : value.toTupleRef().elements()) elements.push_back(element);
    } else {
      for (const c10::IValue element : value.toList()) elements.push_back(element);
    }
    value = c10::IValue();
    auto array = Napi::Array::New(env, elements.size());
    for (uint32_t i = 0; i < elements.size(); i++) {
      array[i] = Napi::Value(env, fromIValue(env, std::move(elements[i])));
    }
    return array;
  }
  throw Failure("OPERATOR_FAILED", "A result of type " + value.tagKind() +
                                       " has no JavaScript counterpart");
}

}  // namespace v2l
