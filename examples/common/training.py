"""Data loading, the training loop and accuracy, for all examples."""
import os
import sys
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

VAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vad")


@dataclass(frozen=True)
class Style:
    """How hard to drive the training and how hard to hold it back from learning the training set by heart."""
    float_rate: float = 4e-3
    fine_rate: float = 1e-3
    batch: int = 64
    dropout: float = 0.2
    smoothing: float = 0.05
    masks: bool = True


def setup(seed):
    """One thread and fixed seeds: the same weights on every run of the same machine and torch version."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    np.random.seed(seed)


def load(split):
    """(x uint8 [n, 1, 13, 64], y int64 [n]) of the voice activity data; train and tune come from make_data.py."""
    folder = VAD if split == "test" else os.path.join(VAD, "data")
    try:
        return tuple(torch.from_numpy(np.load(os.path.join(folder, f"{split}_{name}.npy"))) for name in "xy")
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is missing: run examples/vad/make_data.py first")


@torch.no_grad()
def accuracy(net, data, batch=250):
    """Percent of right decisions."""
    net.eval()
    x, y = data
    right = sum((net(x[i:i + batch]).argmax(1) == y[i:i + batch]).sum().item() for i in range(0, len(y), batch))
    return 100 * right / len(y)


def augment(x, masks):
    """Random loudness (a shift, as the features are logarithmic); masks blank a stretch of frames and at times a band."""
    x = x.float() + torch.empty(len(x), 1, 1, 1).uniform_(-15, 15)
    if masks:
        n, _, bands, frames = x.shape
        width, start = torch.randint(0, 9, (n, 1)), torch.randint(0, frames, (n, 1))
        t = torch.arange(frames)
        masked = (t >= start) & (t < start + width)
        band = torch.randint(0, 3 * bands, (n, 1)) == torch.arange(bands)       # two clips in three keep all bands
        hole = masked[:, None, None, :] | band[:, None, :, None]
        x = torch.where(hole, x.mean((2, 3), keepdim=True), x)
    return x.clamp(0, 255)


def fit(net, train, tune, epochs, rate, style, label):
    """Train with AdamW and a one-cycle schedule; prints loss and tuning accuracy, never looks at the test set."""
    x, y = train
    steps = -(-len(y) // style.batch)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=epochs * steps + 1, pct_start=0.2)
    for epoch in range(epochs):
        net.train()
        start, total = time.time(), 0.0
        for chosen in torch.randperm(len(y)).split(style.batch):
            loss = F.cross_entropy(net(augment(x[chosen], style.masks)), y[chosen], label_smoothing=style.smoothing)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"{label} epoch {epoch + 1}/{epochs}  loss {total / steps:.4f}  tune {accuracy(net, tune):.2f} %"
              f"  {time.time() - start:.0f} s", flush=True)
