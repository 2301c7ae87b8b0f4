"""
A training step of the tokenizer on the PyTorch side, twice: with the operators of v2l's own step, one
by one, and in the order of the official code.
"""

import torch
import torch.nn.functional as F

import networks
from optimizer import ForeachAdam, gradient_norms
from weights import read_safetensors

LR = 4.5e-4
BETAS = (0.5, 0.9)
EPS = 1e-7
RATE_Q, RATE_P, RATE_D = 1.0, 0.1, 0.75


class Workload:
    """Weights, codebooks and pictures that both training steps start from."""

    def __init__(self, setting, folder):
        self.setting = setting
        self.config = setting["config"]
        adversary = read_safetensors(folder / "adversary.safetensors")
        self.lpips = {k: v for k, v in adversary.items() if k.startswith("perceptual_loss.")}
        self.discriminator = {k: v for k, v in adversary.items() if k not in self.lpips}
        self.generator = read_safetensors(folder / "tokenizer.safetensors")
        self.trained = [
            {k: v.requires_grad_() for k, v in weights.items() if ".running_" not in k}
            for weights in (self.generator, self.discriminator)
        ]
        codebooks = read_safetensors(folder / "codebooks.safetensors")
        self.codebook, self.words = codebooks["local"], codebooks["global"]
        inputs = read_safetensors(folder / "inputs.safetensors")
        self.images, self.features = inputs["trainImages"], inputs["trainFeatures"]

    def context(self, features):
        """Embeddings of the global words nearest to CLIP's features."""
        with torch.no_grad():
            unit = features / torch.sqrt(torch.sum(torch.square(features), [1], keepdim=True))
            distances = networks.squared_distances(unit, self.words)
            nearest = distances.topk(self.setting["words"], -1, largest=False).indices
            return F.embedding(nearest, self.words)

    def reconstruct(self, context):
        """The picture, and the quantiser's loss."""
        w = self.generator
        features = networks.features(w, self.config, self.images)
        rows = networks.linear(w, "codebook_projection", self.codebook)
        quantized, loss = networks.quantize(features, rows)
        return networks.decoder(w, self.config, quantized, context), loss

    def likeness(self, picture, dropout=0.0):
        rec = torch.mean(torch.abs(self.images - picture), [0, 1, 2, 3])
        p = torch.mean(networks.lpips(self.lpips, self.images, picture, dropout), [0])
        return rec + p * RATE_P

    def judge(self, picture):
        return networks.discriminator(self.discriminator, picture)

    def hinge(self, fake):
        real_logits = self.judge(self.images)
        fake_logits = self.judge(fake)
        real = torch.mean(torch.relu(real_logits * -1 + 1), [0, 1, 2, 3])
        return (real + torch.mean(torch.relu(fake_logits + 1), [0, 1, 2, 3])) * 0.5


def adversarial(logits):
    return torch.mean(logits, [0, 1, 2, 3]) * -1


def norm(gradient):
    return torch.sum(torch.square(gradient), [0, 1, 2, 3]).item() ** 0.5


class Train:
    """The operators of v2l's TokenizerStep, driven from Python."""

    def __init__(self, setting, folder):
        self.work = Workload(setting, folder)
        self.adams = [ForeachAdam(trained, LR, BETAS, EPS) for trained in self.work.trained]

    def run(self):
        work = self.work
        output, quantizer_loss = work.reconstruct(work.context(work.features))
        picture = output.detach().requires_grad_()
        likeness = work.likeness(picture)
        (slope,) = torch.autograd.grad([likeness], [picture])
        likeness.item() + RATE_Q * quantizer_loss.item()
        slope = slope + self.adversarial_slope(output, picture, slope)
        total = torch.sum(output * slope, [0, 1, 2, 3]) + quantizer_loss * RATE_Q
        total.backward()
        picture.requires_grad_(False)
        self.update(0)
        hinge = work.hinge(picture)
        hinge.backward()
        hinge.item()
        self.update(1)

    def adversarial_slope(self, output, picture, slope):
        loss = adversarial(self.work.judge(picture))
        (gradient,) = torch.autograd.grad([loss], [picture])
        last = self.work.generator["decoder.conv_out.weight"]
        norms = [
            norm(torch.autograd.grad([output], [last], [each], retain_graph=True)[0])
            for each in (slope, gradient)
        ]
        loss.item()
        return gradient * (min(norms[0] / (norms[1] + 1e-4), 1e4) * RATE_D)

    def update(self, i):
        gradient_norms(self.work.trained[i])
        self.adams[i].step()
        self.adams[i].zero_grad()

    @property
    def outputs(self):
        """Adam's first moments: after one step, the gradients times 1 - beta1."""
        return {**self.adams[0].first, **self.adams[1].first}


class OfficialTrain:
    """
    The order of the official code: CLIP in the step, one more backward pass per loss for the adaptive
    weight, and for the discriminator's update all of that again, with a backward pass of zeros.
    """

    def __init__(self, setting, folder):
        self.work = Workload(setting, folder)
        self.clip = read_safetensors(folder / "clip.safetensors")
        self.pixels = read_safetensors(folder / "inputs.safetensors")["trainPixels"]
        self.adams = [
            torch.optim.Adam(trained.values(), LR, BETAS, EPS) for trained in self.work.trained
        ]
        self.outputs = {}

    def run(self):
        _, likeness, fooling = self.forward()
        self.update(0, likeness + fooling)
        picture, likeness, _ = self.forward()
        self.update(1, self.work.hinge(picture.detach()) + 0 * likeness)

    def forward(self):
        """The picture, the losses that compare it, and the weighted adversarial loss."""
        work = self.work
        with torch.no_grad():
            vision = work.setting["clip"]["vision"]
            features = networks.clip_vision(self.clip, vision, self.pixels)
        picture, quantizer_loss = work.reconstruct(work.context(features))
        likeness = work.likeness(picture, dropout=0.5)
        loss = adversarial(work.judge(picture))
        last = work.generator["decoder.conv_out.weight"]
        norms = [
            torch.autograd.grad(each, last, retain_graph=True)[0].norm() for each in (likeness, loss)
        ]
        weight = torch.clamp(norms[0] / (norms[1] + 1e-4), 0, 1e4).detach() * RATE_D
        return picture, likeness + RATE_Q * quantizer_loss, weight * loss

    def update(self, i, loss):
        self.adams[i].zero_grad()
        loss.backward()
        self.adams[i].step()
