"""Weights in safetensors files, without the safetensors package."""

import json

import torch


def read_safetensors(path):
    """All float32 tensors of a file, by name."""
    tensors = {}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        for name, entry in header.items():
            file.seek(8 + length + entry["data_offsets"][0])
            tensors[name] = torch.empty(entry["shape"])
            file.readinto(tensors[name].numpy())
    return tensors


def write_safetensors(path, tensors):
    """Writes float32 tensors."""
    header, offset = {}, 0
    for name, tensor in tensors.items():
        end = offset + 4 * tensor.numel()
        shape = list(tensor.shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().numpy().tobytes())
