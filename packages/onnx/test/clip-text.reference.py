"""Prints what PyTorch computes for the text tower of clip.test.ts, from torch.nn modules alone.

Every weight is 0.4 * sin(0.7 * i + p) at its i-th element (C order), p the sum of the character codes
of its name modulo 100; scales of layer norms are one more than that.
"""
import math
import torch

WIDTH, HEADS, LAYERS, LENGTH, VOCAB, EMBED = 16, 2, 2, 7, 20, 8
IDS = torch.tensor([[18, 4, 3, 19, 0, 0, 0], [18, 19, 0, 0, 0, 0, 0], [18, 1, 2, 5, 7, 11, 19]])


def weight(name, *shape):
    phase = sum(map(ord, name)) % 100
    values = [0.4 * math.sin(0.7 * i + phase) for i in range(math.prod(shape))]
    tensor = torch.tensor(values, dtype=torch.float64).reshape(shape)
    return tensor + 1 if "ln_" in name and name.endswith("weight") else tensor


def norm(x, name):
    w, b = weight(f"{name}.weight", WIDTH), weight(f"{name}.bias", WIDTH)
    return torch.nn.functional.layer_norm(x, (WIDTH,), w, b, 1e-5)


x = weight("token_embedding.weight", VOCAB, WIDTH)[IDS] + weight("positional_embedding", LENGTH, WIDTH)
mask = torch.full((LENGTH, LENGTH), float("-inf"), dtype=torch.float64).triu(1)
for layer in range(LAYERS):
    block = f"transformer.resblocks.{layer}"
    attention = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True, dtype=torch.float64)
    attention.load_state_dict(
        {
            "in_proj_weight": weight(f"{block}.attn.in_proj_weight", 3 * WIDTH, WIDTH),
            "in_proj_bias": weight(f"{block}.attn.in_proj_bias", 3 * WIDTH),
            "out_proj.weight": weight(f"{block}.attn.out_proj.weight", WIDTH, WIDTH),
            "out_proj.bias": weight(f"{block}.attn.out_proj.bias", WIDTH),
        }
    )
    y = norm(x, f"{block}.ln_1")
    x = x + attention(y, y, y, need_weights=False, attn_mask=mask)[0]
    y = norm(x, f"{block}.ln_2")
    fc, proj = f"{block}.mlp.c_fc", f"{block}.mlp.c_proj"
    y = y @ weight(f"{fc}.weight", 4 * WIDTH, WIDTH).T + weight(f"{fc}.bias", 4 * WIDTH)
    y = y * torch.sigmoid(1.702 * y)
    x = x + y @ weight(f"{proj}.weight", WIDTH, 4 * WIDTH).T + weight(f"{proj}.bias", WIDTH)
x = norm(x, "ln_final")
x = x[torch.arange(len(IDS)), IDS.argmax(-1)] @ weight("text_projection", WIDTH, EMBED)
print([[round(value, 6) for value in row] for row in x.tolist()])
