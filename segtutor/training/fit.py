"""The training loop, for both paradigms: the type of the model's output decides which loss it learns from.

    PerPixelOutput -> cross-entropy of every pixel          MaskOutput -> matching, then the set loss

One readable loop on Accelerate, so that the same call runs on a CPU, on a GPU, or under `accelerate launch`. The budget
is a number of steps or of CPU-minutes. With `out`, the state is written at intervals (atomically), and `resume=True`
goes on from it: pictures and augmentations depend on (seed, step) alone, so a resumed run sees what it would have seen.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UserError
from ..files import make_folder
from ..outputs import MaskOutput, PerPixelOutput
from ..reference.losses import per_pixel_loss, set_loss
from ..segments import Categories, Segmentation
from .augment import flip_and_tint
from .batches import batch, row_indices
from .forward import output_of
from .schedules import warmup_then_linear
from .state import STATE, restore_state, save_state, update_average
from .targets import panoptic_targets, pixel_values, semantic_labels

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, what transformers' processors use


@dataclass
class Fitted:
    """What a training leaves: how far it came, what it cost, and its events (one dictionary per logged step)."""

    steps: int
    cpu_minutes: float
    events: list[dict]

    @property
    def losses(self) -> list[float]:
        return [event["loss"] for event in self.events]


def fit(
    model: nn.Module,
    data: Sequence,
    *,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    batch_size: int = 8,
    lr: float = 1e-3,
    weight_decay: float = 0.05,
    freeze: Iterable[str] = (),
    categories: Categories | None = None,
    augment: Callable | None = flip_and_tint,
    schedule: Callable = warmup_then_linear,
    clip: float = 1.0,
    ema: float = 0.0,
    precision: str | None = None,
    seed: int = 0,
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
    out: str | Path | None = None,
    resume: bool = False,
    log_every: int = 10,
    save_every: float = 120.0,
    on_event: Callable[[dict, nn.Module], Any] | None = None,
) -> Fitted:
    """Trains `model` in place and returns what happened.

    model: a transformers segmentation model, or any module whose forward takes (B, 3, H, W) and returns one of the two
    output types. data: rows {"image", "segmentation"} or a data set in the panoptic schema (then with `categories`);
    pictures of a batch must have one size. steps or cpu_minutes: the budget (exactly one). freeze: name prefixes of
    parameters that stay as they are. ema: decay of the running average of the weights that the model holds in the end
    (0 = none). precision: "bf16" runs the network in bfloat16 where that is safe (torch.autocast), None leaves it to
    `accelerate launch`, whose default is float32; weights and losses are float32 in any case.
    on_event: called with each event (a dictionary of numbers) and the model to be evaluated, which holds the running
    average if there is one; returning "stop" ends the training early.
    Raises UserError for an unusable budget or row, FloatingPointError when the loss is not finite.
    """
    if not isinstance(model, nn.Module):
        raise UserError(
            f"got a {type(model).__name__} as the model, expected a torch module: pass segmenter.model, for example"
        )
    if (steps is None) == (cpu_minutes is None):
        raise UserError(
            f"got steps={steps} and cpu_minutes={cpu_minutes}, expected exactly one of them: give one budget"
        )
    if (steps if cpu_minutes is None else cpu_minutes) <= 0 or batch_size < 1 or not len(data):
        raise UserError(
            f"got steps={steps}, cpu_minutes={cpu_minutes}, batch_size={batch_size}, {len(data)} rows, "
            "expected all above 0: correct the call"
        )
    state_file = Path(out) / STATE if out is not None else None
    if state_file is not None:
        make_folder(state_file.parent)  # before the work, not after it
    from accelerate import Accelerator

    if precision not in (None, "bf16"):
        raise UserError(f"got precision={precision!r}, expected None or 'bf16': leave it out for float32")
    accelerator = Accelerator()
    # Accelerate keeps one precision a process; a learner's second call may ask for another one than the first.
    autocast = partial(torch.autocast, accelerator.device.type, torch.bfloat16) if precision else accelerator.autocast
    _freeze(model, (freeze,) if isinstance(freeze, str) else tuple(freeze))
    model.to(memory_format=torch.channels_last)  # convolutions are about 1.2 times as fast, the numbers stay
    average = deepcopy(model).eval() if ema else None
    optimizer = torch.optim.AdamW(parameter_groups(model, weight_decay), lr=lr)
    prepared, optimizer = accelerator.prepare(model, optimizer)
    start, spent = 0, 0.0
    if resume and state_file is not None and state_file.exists():
        start, spent = restore_state(state_file, model, optimizer, average)
    events, step, saved = [], start, time.monotonic()
    began = time.process_time() - spent * 60
    model.train()
    while True:
        used = (time.process_time() - began) / 60
        progress = step / steps if steps is not None else used / cpu_minutes
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = lr * schedule(progress, step)
        indices = row_indices(len(data), batch_size, seed, step)[accelerator.process_index :: accelerator.num_processes]
        pairs = batch(
            data, indices, categories, augment, np.random.default_rng([seed, step, accelerator.process_index])
        )
        pixels = pixel_values([image for image, _ in pairs], mean, std)
        with autocast():
            output = output_of(prepared, pixels.to(accelerator.device, memory_format=torch.channels_last))
        terms = loss_terms(output, [truth for _, truth in pairs])
        loss = sum(terms.values())
        terms = {name: value.item() for name, value in terms.items()}
        if not math.isfinite(loss.item()):
            bad = ", ".join(name for name, value in terms.items() if not math.isfinite(value))
            raise FloatingPointError(
                f"got a loss of {loss.item()} at step {step} (terms: {bad}; learning rate {group['lr']:.2g}), "
                "expected a finite one: lower lr or clip, or look at the pictures of this step"
            )
        optimizer.zero_grad(set_to_none=True)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        step += 1
        if average is not None:
            update_average(average, model, min(ema, (1 + step) / (10 + step)))
        used = (time.process_time() - began) / 60
        if step % log_every == 0 or step == start + 1:
            event = {
                "step": step,
                "progress": progress,
                "loss": loss.item(),
                "terms": terms,
                "lr": group["lr"],
                "cpu_minutes": used,
            }
            events.append(event)
            if on_event is not None and on_event(event, average or model) == "stop":
                break
        if state_file is not None and accelerator.is_main_process and time.monotonic() - saved > save_every:
            save_state(state_file, step, used, model, optimizer, average)
            saved = time.monotonic()
    if state_file is not None and accelerator.is_main_process:
        save_state(state_file, step, (time.process_time() - began) / 60, model, optimizer, average)
    accelerator.unwrap_model(prepared, keep_fp32_wrapper=False)  # gives the model back its own forward
    if average is not None:
        model.load_state_dict(average.state_dict())
    model.eval()
    return Fitted(step, (time.process_time() - began) / 60, events)


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """Two groups: matrices and kernels decay; what shifts, scales or names (norms, biases, embeddings) does not."""
    embeddings = {id(p) for module in model.modules() if isinstance(module, nn.Embedding) for p in module.parameters()}
    trained = [p for p in model.parameters() if p.requires_grad]
    plain = [p for p in trained if p.ndim < 2 or id(p) in embeddings]
    decayed = [p for p in trained if not (p.ndim < 2 or id(p) in embeddings)]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]


def loss_terms(output: MaskOutput | PerPixelOutput, truths: Sequence[Segmentation]) -> dict[str, Tensor]:
    """The terms of the loss that belongs to the type of the output; their sum is what is minimised."""
    if isinstance(output, PerPixelOutput):
        labels = torch.stack([semantic_labels(truth) for truth in truths])
        return per_pixel_loss(output, labels.to(output.logits.device))
    return set_loss(output, [panoptic_targets(truth).to(output.mask_logits.device) for truth in truths])


def _freeze(model: nn.Module, prefixes: tuple[str, ...]):
    names = [name for name, _ in model.named_parameters()]
    for prefix in prefixes:
        if not any(name.startswith(prefix) for name in names):
            heads = sorted({".".join(name.split(".")[:2]) for name in names})
            raise UserError(
                f"got freeze={prefix!r}, expected the beginning of a parameter's name: "
                f"for example {', '.join(heads[:6])}"
            )
    for name, parameter in model.named_parameters():
        if prefixes and name.startswith(prefixes):
            parameter.requires_grad_(False)
