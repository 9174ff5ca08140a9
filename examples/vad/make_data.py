#!/usr/bin/python3
"""Make the voice activity data set: is anyone speaking in these two seconds of noise?

usage: make_data.py [--splits train,tune,test] [--out FOLDER]

Writes FOLDER/{train,tune}_{x,y}.npy (not kept in the repository) and test_x.npy, test_y.npy next to this script.
Half of the clips hold speech, SNR -5 ... 10 dB, over noise; the other half noise alone. Labels alternate, so that any
prefix of a split is balanced. Needs numpy, espeak-ng and flite; about 3 minutes on one core.
"""
import argparse
import hashlib
import os
import time

import numpy as np

import noise
import speech
from features import CLIP, HOP, log_mel
from signal_tools import rms

HERE = os.path.dirname(os.path.abspath(__file__))
CLIPS = {"train": 24000, "tune": 1500, "test": 1500}
SEEDS = {"train": 1, "tune": 2, "test": 3}
SNR_DB = (-5.0, 10.0)
LEVEL_DB = (38.0, 62.0)                               # rms of a clip, dB over one int16 step
SENSOR_NOISE = 3.0                                    # rms, int16 steps
BABBLE_SHARE = {"train": 0.15, "tune": 0.0, "test": 0.0}
SECOND_NOISE_SHARE = 0.35
MIN_ACTIVE = 0.4                                      # share of active frames in a clip that counts as speech


def speech_segment(g, voices, min_active):
    """A random CLIP of speech with unit rms over its active frames (those within 25 dB of the loudest)."""
    while True:
        x = voices[g.integers(len(voices))]
        if len(x) <= CLIP:
            continue
        start = g.integers(len(x) - CLIP)
        x = x[start:start + CLIP].astype(np.float64)
        energy = np.square(x[:CLIP // HOP * HOP]).reshape(-1, HOP).mean(1)
        peak = np.sort(energy)[-4:].mean()
        active = energy > peak * 10 ** -2.5
        if peak > 100 and active.mean() >= min_active:
            return x / np.sqrt(energy[active].mean())


def noise_segment(g, noises):
    x = noises[g.integers(len(noises))]
    start = g.integers(len(x) - CLIP)
    x = x[start:start + CLIP].astype(np.float64)
    return x / max(rms(x), 1e-3)                      # the floor keeps a silent stretch silent


def background(g, voices, noises, babble_share):
    if g.random() < babble_share:
        x = sum(speech_segment(g, voices, 0.1) for _ in range(g.integers(4, 10)))
    else:
        x = noise_segment(g, noises)
        if g.random() < SECOND_NOISE_SHARE:
            x = x + noise_segment(g, noises) * 10 ** (g.uniform(-10, 0) / 20)
    return x / max(rms(x), 1e-3)


def make_clip(g, voices, noises, babble_share, label):
    x = background(g, voices, noises, babble_share)
    if label:
        x = speech_segment(g, voices, MIN_ACTIVE) + x * 10 ** (-g.uniform(*SNR_DB) / 20)
    x = x / rms(x) * 10 ** (g.uniform(*LEVEL_DB) / 20)
    return log_mel(np.clip(x, -32767, 32767) + g.standard_normal(CLIP) * SENSOR_NOISE)


def make_split(split, folder):
    start, seed = time.time(), SEEDS[split]
    voices = list(speech.recordings(split, 100 * seed))
    noises = list(noise.recordings(split, 100 * seed + 1))
    print(f"{split}: {sum(map(len, voices)) / 16000 / 60:.0f} min of speech, {len(noises)} noises,"
          f" {time.time() - start:.0f} s", flush=True)
    n = CLIPS[split]
    y = np.arange(n, dtype=np.int64) % 2
    x = np.empty((n, 1, 13, 64), np.uint8)
    for i in range(n):
        x[i, 0] = make_clip(np.random.default_rng([seed, i]), voices, noises, BABBLE_SHARE[split], y[i])
    for name, array in (("x", x), ("y", y)):
        np.save(os.path.join(folder, f"{split}_{name}.npy"), array)
    print(f"{split}: {n} clips, mean {x.mean():.1f}, sha256 {hashlib.sha256(x.tobytes()).hexdigest()[:16]},"
          f" {time.time() - start:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", default="test,tune,train")
    parser.add_argument("--out", default=os.path.join(HERE, "data"), help="folder of the training and tuning split")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    for split in args.splits.split(","):
        make_split(split, HERE if split == "test" else args.out)


if __name__ == "__main__":
    main()
