"""Synthetic speech: nonsense and English words spoken by espeak-ng and flite, in random rooms.

A split owns its voices: espeak-ng languages, espeak-ng voice variants and flite voices of one split are never used
by another, so the held-out figure is about unknown speakers.
"""
import os
import subprocess
import tempfile
import wave

import numpy as np

from signal_tools import SAMPLE_RATE, resample, reverb, to_int16

CONSONANTS = "b c d f g h j k l m n p r s t v w z ch sh st tr pl br kr".split()
VOWELS = "a e i o u ai ea ou ie a e i o".split()
CODAS = "n s t l r m k".split()
ENGLISH = """one two three four five six seven eight nine zero start stop open close light music water house morning
people number answer river station yellow paper winter simple question garden window market doctor please thank hello
today tomorrow never always machine network""".split()

FLITE_VOICES = {"train": ["kal16", "awb"], "tune": ["rms"], "test": ["slt"]}
# Share of languages and of variants that each split owns.
ESPEAK_SHARE = {"train": 0.6, "tune": 0.15, "test": 0.25}
RECORDINGS = {"train": (420, 24), "tune": (60, 6), "test": (90, 10)}       # espeak-ng, flite
# Whispers have no pitch and robots do not sound like people; "fast" is a speed, not a voice.
UNSUITABLE_VARIANTS = ("whisper", "Demonic", "fast", "robosoft", "UniRobot", "anikaRobot", "Denis")
WORDS, SECONDS = 60, 24


def nonsense_word(g):
    word = "".join(g.choice(CONSONANTS) + g.choice(VOWELS) for _ in range(g.choice([1, 2, 2, 2, 3, 3, 4])))
    return word + g.choice(CODAS) if g.random() < 0.4 else word


def text(g):
    words = [g.choice(ENGLISH) if g.random() < 0.3 else nonsense_word(g) for _ in range(WORDS)]
    return " ".join(w + "," if g.random() < 0.08 else w for w in words) + "."


def espeak_names(listing, column):
    out = subprocess.run(["espeak-ng", listing], capture_output=True, text=True, check=True).stdout
    return sorted({line.split()[column] for line in out.splitlines()[1:] if "mb/" not in line})


def partition(names):
    """Deal the names to the splits by a fixed shuffle."""
    names = list(np.random.default_rng(1).permutation(names))
    parts, start = {}, 0
    for split, share in ESPEAK_SHARE.items():
        end = len(names) if split == "test" else start + round(share * len(names))
        parts[split] = names[start:end]
        start = end
    return parts


def espeak_voices():
    languages = partition(espeak_names("--voices", 1))
    # Variant files are named !v/NAME; names with a space break the columns of the listing, NAME itself does not.
    variants = {name.split("!v/")[1] for name in espeak_variant_files()}
    variants = partition(sorted(v for v in variants if not v.startswith(UNSUITABLE_VARIANTS)))
    return languages, variants


def espeak_variant_files():
    out = subprocess.run(["espeak-ng", "--voices=variant"], capture_output=True, text=True, check=True).stdout
    return [word for line in out.splitlines() for word in line.split() if word.startswith("!v/")]


def read_wav(path):
    with wave.open(path) as f:
        return np.frombuffer(f.readframes(f.getnframes()), "<i2").astype(np.float64), f.getframerate()


def synthesise(command):
    """Run a synthesiser that writes the file named by its last argument.

    Returns samples at SAMPLE_RATE, none if it refuses the voice: espeak-ng lists a few languages that it cannot load.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "speech.wav")
        done = subprocess.run(command + [path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        if done.returncode != 0:
            return np.zeros(0)
        samples, rate = read_wav(path)
    return resample(samples[:rate * SECONDS], rate)


def in_a_room(g, x):
    if g.random() < 0.5:
        x = reverb(g, x, rt60=g.uniform(0.15, 0.7), wet=10 ** (g.uniform(-18, -4) / 20))
    return to_int16(x)


def recordings(split, seed):
    """Yield the int16 recordings of one split, each about SECONDS long."""
    languages, variants = espeak_voices()
    n_espeak, n_flite = RECORDINGS[split]
    n_spoken = 0
    for i in range(n_espeak + n_flite):
        g = np.random.default_rng([seed, i])
        if i < n_espeak:
            command = ["espeak-ng", "-v", f"{g.choice(languages[split])}+{g.choice(variants[split])}",
                       "-s", str(g.integers(110, 261)), "-p", str(g.integers(5, 96)), "-g", str(g.integers(0, 6)),
                       text(g), "-w"]
        else:
            voices = FLITE_VOICES[split]
            command = ["flite", "-voice", voices[i % len(voices)],
                       "--setf", f"duration_stretch={g.uniform(0.75, 1.3):.2f}", "-t", text(g), "-o"]
        x = synthesise(command)
        if len(x) > 4 * SAMPLE_RATE and np.abs(x).max() > 1000:             # a few voices stay silent
            n_spoken += 1
            yield in_a_room(g, x)
    if n_spoken < 0.8 * (n_espeak + n_flite):
        raise RuntimeError(f"only {n_spoken} of {n_espeak + n_flite} recordings have speech in them")
