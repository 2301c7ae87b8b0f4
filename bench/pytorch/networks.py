"""
The networks of the tokenizer in plain PyTorch, as functions of a dictionary of weights under the
names of the official checkpoint. `w` is that dictionary, `name` the place of a layer in it.
"""

import torch
import torch.nn.functional as F


def conv(w, name, x, stride=1, padding=0):
    return F.conv2d(x, w[f"{name}.weight"], w.get(f"{name}.bias"), stride, padding)


def linear(w, name, x):
    return F.linear(x, w[f"{name}.weight"], w.get(f"{name}.bias"))


def group_norm(w, name, x, groups):
    return F.group_norm(x, groups, w[f"{name}.weight"], w[f"{name}.bias"], 1e-6)


def permute(x, *order):
    """Laid out anew: a transposed view would make all that follows channels-last, slower on a CPU."""
    return x.permute(*order).contiguous()


def residual_block(w, name, x, groups):
    h = conv(w, f"{name}.conv1", F.silu(group_norm(w, f"{name}.norm1", x, groups)), padding=1)
    h = conv(w, f"{name}.conv2", F.silu(group_norm(w, f"{name}.norm2", h, groups)), padding=1)
    if f"{name}.nin_shortcut.weight" in w:
        x = conv(w, f"{name}.nin_shortcut", x)
    return x + h


def attention_block(w, name, x, groups):
    """One head over all channels, with a residual."""
    n, c, height, width = x.shape
    h = group_norm(w, f"{name}.norm", x, groups)
    q, k, v = (conv(w, f"{name}.{part}", h).reshape(n, c, height * width) for part in "qkv")
    scores = torch.matmul(permute(q, 0, 2, 1), k) * c**-0.5
    mixed = torch.matmul(v, permute(torch.softmax(scores, 2), 0, 2, 1))
    return x + conv(w, f"{name}.proj_out", mixed.reshape(n, c, height, width))


def cross_attention(w, name, x, context, heads=8):
    """Cells [N,L,C] look at the words [N,K,D]; heads as wide as C, no norm, no residual."""
    n, length, c = x.shape
    words = context.shape[1]
    q = permute(linear(w, f"{name}.to_q", x).reshape(n, length, heads, c), 0, 2, 1, 3)
    k = permute(linear(w, f"{name}.to_k", context).reshape(n, words, heads, c), 0, 2, 3, 1)
    v = permute(linear(w, f"{name}.to_v", context).reshape(n, words, heads, c), 0, 2, 1, 3)
    attention = torch.softmax(torch.matmul(q, k) * c**-0.5, 3)
    mixed = permute(torch.matmul(attention, v), 0, 2, 1, 3).reshape(n, length, heads * c)
    return linear(w, f"{name}.to_out.0", mixed)


def encoder(w, config, x):
    """Image [N,3,S,S] -> [N,z,s,s]."""
    groups = config["normGroups"]
    levels = len(config["chMult"])
    x = conv(w, "encoder.conv_in", x, padding=1)
    for level in range(levels):
        name = f"encoder.down.{level}"
        for block in range(config["numResBlocks"]):
            x = residual_block(w, f"{name}.block.{block}", x, groups)
            if f"{name}.attn.{block}.q.weight" in w:
                x = attention_block(w, f"{name}.attn.{block}", x, groups)
        if level < levels - 1:
            x = conv(w, f"{name}.downsample.conv", F.pad(x, (0, 1, 0, 1)), stride=2)
    x = residual_block(w, "encoder.mid.block_1", x, groups)
    x = attention_block(w, "encoder.mid.attn_1", x, groups)
    x = residual_block(w, "encoder.mid.block_2", x, groups)
    x = F.silu(group_norm(w, "encoder.norm_out", x, groups))
    return conv(w, "encoder.conv_out", x, padding=1)


def features(w, config, image):
    """Image [N,3,S,S] -> unit features [N,D,s,s]."""
    x = conv(w, "quant_conv", encoder(w, config, image))
    return x / torch.sqrt(torch.sum(torch.square(x), [1], keepdim=True))


def decoder(w, config, x, context):
    """Quantised rows [N,D,s,s] and global embeddings [N,K,D] -> image [N,3,S,S]."""
    groups = config["normGroups"]
    x = conv(w, "decoder.conv_in", conv(w, "post_quant_conv", x), padding=1)
    x = residual_block(w, "decoder.mid.block_1", x, groups)
    x = attention_block(w, "decoder.mid.attn_1", x, groups)
    n, c, height, width = x.shape
    cells = permute(x.reshape(n, c, height * width), 0, 2, 1)
    mixed = cross_attention(w, "decoder.mid.cross_attn_1", cells, context)
    x = permute(mixed, 0, 2, 1).reshape(n, c, height, width)
    x = residual_block(w, "decoder.mid.block_2", x, groups)
    for level in reversed(range(len(config["chMult"]))):
        name = f"decoder.up.{level}"
        for block in range(config["numResBlocks"] + 1):
            x = residual_block(w, f"{name}.block.{block}", x, groups)
            if f"{name}.attn.{block}.q.weight" in w:
                x = attention_block(w, f"{name}.attn.{block}", x, groups)
        if level > 0:
            x = conv(w, f"{name}.upsample.conv", F.interpolate(x, scale_factor=2.0), padding=1)
    x = F.silu(group_norm(w, "decoder.norm_out", x, groups))
    return conv(w, "decoder.conv_out", x, padding=1)


def squared_distances(cells, rows):
    """|x|^2 + |e|^2 - 2xe between cells [M,D] and rows [V,D]: [M,V]."""
    norms = torch.sum(torch.square(rows), [1])
    lengths = torch.sum(torch.square(cells), [1], keepdim=True)
    return lengths + norms - F.linear(cells, rows) * 2


def layer_norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], 1e-5)


def transformer_block(w, name, x, heads):
    n, length, width = x.shape
    joined = F.linear(
        layer_norm(w, f"{name}.ln_1", x), w[f"{name}.attn.in_proj_weight"], w[f"{name}.attn.in_proj_bias"]
    )
    q, k, v = (
        part.reshape(n, length, heads, width // heads).permute(0, 2, 1, 3)
        for part in joined.chunk(3, 2)
    )
    scores = torch.matmul(q * (width // heads) ** -0.5, k.transpose(2, 3))
    mixed = torch.matmul(torch.softmax(scores, 3), v).permute(0, 2, 1, 3)
    x = x + linear(w, f"{name}.attn.out_proj", mixed.reshape(n, length, width))
    h = linear(w, f"{name}.mlp.c_fc", layer_norm(w, f"{name}.ln_2", x))
    return x + linear(w, f"{name}.mlp.c_proj", h * torch.sigmoid(1.702 * h))


def clip_vision(w, vision, pixels):
    """CLIP's vision half: pixels [N,3,S,S] -> [N,D], not normalised."""
    grid = conv(w, "visual.conv1", pixels, stride=vision["patchSize"])
    cells = grid.flatten(2).permute(0, 2, 1)
    first = w["visual.class_embedding"].expand(len(pixels), 1, -1)
    x = torch.cat([first, cells], 1) + w["visual.positional_embedding"]
    x = layer_norm(w, "visual.ln_pre", x)
    for i in range(vision["layers"]):
        x = transformer_block(w, f"visual.transformer.resblocks.{i}", x, vision["heads"])
    return layer_norm(w, "visual.ln_post", x[:, 0]) @ w["visual.proj"]


def quantize(features, rows):
    """
    Features [N,D,s,s] -> their nearest rows [N,D,s,s], through which gradients go straight, and
    mean((sg[q]-z)^2) + 0.33 mean((q-sg[z])^2).
    """
    n, width, height, columns = features.shape
    cells = permute(features, 0, 2, 3, 1).reshape(-1, width)
    nearest = squared_distances(cells.detach(), rows.detach()).argmin(1)
    q = permute(F.embedding(nearest, rows).reshape(n, height, columns, width), 0, 3, 1, 2)
    commitment = torch.mean(torch.square(q.detach() - features), [0, 1, 2, 3])
    codebook_term = torch.mean(torch.square(q - features.detach()), [0, 1, 2, 3])
    return features + (q - features).detach(), commitment + codebook_term * 0.33


def batch_norm(w, name, x):
    mean, var = w[f"{name}.running_mean"], w[f"{name}.running_var"]
    return F.batch_norm(x, mean, var, w[f"{name}.weight"], w[f"{name}.bias"], True, 0.1, 1e-5)


def discriminator(w, x):
    """Image -> one logit per patch."""
    name = "discriminator.main"
    x = F.leaky_relu(conv(w, f"{name}.0", x, 2, 1), 0.2)
    x = F.leaky_relu(batch_norm(w, f"{name}.3", conv(w, f"{name}.2", x, 2, 1)), 0.2)
    x = F.leaky_relu(batch_norm(w, f"{name}.6", conv(w, f"{name}.5", x, 1, 1)), 0.2)
    return conv(w, f"{name}.8", x, 1, 1)


VGG_SLICES = [[0, 2], [5, 7], [10, 12, 14], [17, 19, 21], [24, 26, 28]]


def vgg(w, image):
    shift = torch.tensor([-0.030, -0.088, -0.188]).reshape(1, 3, 1, 1)
    scale = torch.tensor([0.458, 0.448, 0.450]).reshape(1, 3, 1, 1)
    x = (image - shift) / scale
    taps = []
    for i, indices in enumerate(VGG_SLICES):
        if i > 0:
            x = F.max_pool2d(x, 2, 2)
        for index in indices:
            x = torch.relu(conv(w, f"perceptual_loss.net.slice{i + 1}.{index}", x, padding=1))
        taps.append(x)
    return taps


def unit_channels(x):
    return x / torch.sqrt(torch.sum(torch.square(x), [1], keepdim=True) + 1e-20)


def lpips(w, a, b, dropout=0.0):
    """LPIPS on VGG16: [N]."""
    others = vgg(w, b)
    terms = []
    for i, feature in enumerate(vgg(w, a)):
        other = unit_channels(others[i])
        difference = torch.square(unit_channels(feature) - other)
        if dropout > 0:
            difference = F.dropout(difference, dropout)
        weighted = conv(w, f"perceptual_loss.lin{i}.model.1", difference)
        terms.append(torch.mean(weighted, [1, 2, 3]))
    return sum(terms[1:], terms[0])
