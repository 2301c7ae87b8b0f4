"""What is measured on the PyTorch side. A task has `run()` and, after it, `outputs`."""

import torch
import torch.nn.functional as F

import networks
from weights import read_safetensors


class Encode:
    """Image -> local ids; the codebook is projected for every image, as the official code does."""

    def __init__(self, setting, folder):
        self.setting = setting
        self.w = read_safetensors(folder / "tokenizer.safetensors")
        self.codebook = read_safetensors(folder / "codebooks.safetensors")["local"]
        self.image = read_safetensors(folder / "inputs.safetensors")["image"]

    @torch.no_grad()
    def run(self):
        features = networks.features(self.w, self.setting["config"], self.image)
        cells = features.permute(0, 2, 3, 1).reshape(-1, features.shape[1])
        rows = networks.linear(self.w, "codebook_projection", self.codebook)
        self.outputs = {"indices": networks.squared_distances(cells, rows).argmin(1).float()}


class Decode:
    """Local and global ids -> image; the codebook is projected once, before."""

    def __init__(self, setting, folder):
        self.setting = setting
        self.w = read_safetensors(folder / "tokenizer.safetensors")
        codebooks = read_safetensors(folder / "codebooks.safetensors")
        inputs = read_safetensors(folder / "inputs.safetensors")
        self.words = codebooks["global"]
        self.local_ids = inputs["localIds"].long()
        self.global_ids = inputs["globalIds"].long()
        with torch.no_grad():
            self.rows = networks.linear(self.w, "codebook_projection", codebooks["local"])

    @torch.no_grad()
    def run(self):
        side = round(self.local_ids.shape[1] ** 0.5)
        quantized = F.embedding(self.local_ids, self.rows).reshape(-1, side, side, self.rows.shape[1])
        context = F.embedding(self.global_ids, self.words)
        image = networks.decoder(
            self.w, self.setting["config"], quantized.permute(0, 3, 1, 2), context
        )
        self.outputs = {"image": image}


class Clip:
    """Image -> ids of the nearest global words."""

    def __init__(self, setting, folder):
        self.setting = setting
        self.w = read_safetensors(folder / "clip.safetensors")
        self.codebook = read_safetensors(folder / "codebooks.safetensors")["global"]
        self.pixels = read_safetensors(folder / "inputs.safetensors")["pixels"]

    @torch.no_grad()
    def run(self):
        feature = networks.clip_vision(self.w, self.setting["clip"]["vision"], self.pixels)
        feature = feature / feature.norm(dim=1, keepdim=True)
        distances = networks.squared_distances(feature, self.codebook)
        nearest = distances.topk(self.setting["words"], 1, largest=False)
        self.outputs = {"feature": feature, "indices": nearest.indices.float()}
