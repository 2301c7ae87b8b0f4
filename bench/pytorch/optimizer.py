"""Adam by foreach operators, as packages/torch has it."""

import math

import torch


class ForeachAdam:
    def __init__(self, params, lr, betas, eps):
        self.params, self.lr, self.betas, self.eps = params, lr, betas, eps
        self.first, self.second, self.steps = {}, {}, {}

    @torch.no_grad()
    def step(self):
        names = [name for name, param in self.params.items() if param.grad is not None]
        params = [self.params[name] for name in names]
        grads = [param.grad for param in params]
        first = [self._moment(self.first, name) for name in names]
        second = [self._moment(self.second, name) for name in names]
        for name in names:
            self.steps[name] = self.steps.get(name, 0) + 1
        steps = [self.steps[name] for name in names]
        beta1, beta2 = self.betas
        torch._foreach_mul_(first, beta1)
        torch._foreach_add_(first, grads, alpha=1 - beta1)
        torch._foreach_mul_(second, beta2)
        torch._foreach_addcmul_(second, grads, grads, 1 - beta2)
        denominators = torch._foreach_sqrt(second)
        torch._foreach_div_(denominators, [math.sqrt(1 - beta2**step) for step in steps])
        torch._foreach_add_(denominators, self.eps)
        sizes = [-self.lr / (1 - beta1**step) for step in steps]
        torch._foreach_addcdiv_(params, first, denominators, sizes)

    def zero_grad(self):
        for param in self.params.values():
            param.grad = None

    def _moment(self, moments, name):
        if name not in moments:
            moments[name] = torch.zeros_like(self.params[name])
        return moments[name]


def gradient_norms(params):
    grads = [param.grad for param in params.values() if param.grad is not None]
    return torch.stack(torch._foreach_norm(grads)).tolist()
