"""Models of which only the whole can be measured, and why."""

from __future__ import annotations

from typing import Any

import torch


def reason_for_whole(model: Any) -> str | None:
    """Return why the layers of a model cannot be told apart, ``None`` where they can be tried."""
    for module in model.modules():
        if isinstance(module, torch.jit.ScriptModule):
            return "TorchScript runs it as one graph"
        if type(module).__name__ == "OptimizedModule" or _is_compiled(module):
            return "torch.compile runs it as one graph"
        if _is_quantised(module):
            return "it is quantised: its layers are packed, and what is between them is fused"
    return None


def _is_compiled(module: Any) -> bool:
    return getattr(module, "_compiled_call_impl", None) is not None


def _is_quantised(module: Any) -> bool:
    if ".quantized." in f"{type(module).__module__}.":
        return True
    # Libraries of quantisation put tensors of their own classes in place of the weights.
    tensors = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
    return any(t.is_quantized or "torchao" in type(t.data).__module__ for t in tensors)
