"""Synthetic noises. Every family is a function of a random generator that returns DURATION seconds of samples.

A split owns its families: what is heard in the test was never heard in training or tuning. Babble, several people
speaking at once, is made from the training split's speech in make_data.py and belongs to training alone.
"""
import numpy as np

from signal_tools import SAMPLE_RATE, bandpass, bell, filtered, highpass, lowpass, reverb, tilt

DURATION = 12
N = DURATION * SAMPLE_RATE
T = np.arange(N) / SAMPLE_RATE
SCALE = [0, 2, 3, 5, 7, 8, 10, 12, 14, 15]            # semitones of a minor scale


# Building blocks

def coloured(g):
    """White, pink or brown noise."""
    return filtered(g.standard_normal(N), tilt(g.choice([0, -3.01, -6.02])))


def wander(g, rate):
    """A slow random curve, zero mean and unit rms, that changes about `rate` times a second."""
    x = filtered(g.standard_normal(N), lowpass(rate, 3))
    return x / x.std()


def phase(frequency):
    """Phase of an oscillator whose frequency is a number or an array over time."""
    return np.cumsum(np.broadcast_to(frequency, N)) / SAMPLE_RATE


def sine(frequency):
    return np.sin(2 * np.pi * phase(frequency))


def harmonics(frequency, amplitudes):
    """Band-limited periodic tone; amplitudes[k] belongs to harmonic k + 1."""
    p = 2 * np.pi * phase(frequency)
    top = np.max(frequency)
    return sum(a * np.sin((k + 1) * p) for k, a in enumerate(amplitudes) if (k + 1) * top < 0.45 * SAMPLE_RATE)


def sawtooth(frequency, n=40):
    return harmonics(frequency, [1 / k for k in range(1, n)])


def square(frequency, n=40):
    return harmonics(frequency, [k % 2 / k for k in range(1, n)])


def impulses(g, rate):
    x = np.zeros(N)
    m = g.poisson(rate * DURATION) + 1
    np.add.at(x, g.integers(0, N, m), g.laplace(size=m))
    return x


def tremolo(g, low, high, depth=(0.3, 0.95)):
    return 1 - g.uniform(*depth) * (0.5 + 0.5 * sine(g.uniform(low, high)))


def room(g, x, low=0.1, high=0.8):
    return reverb(g, x, g.uniform(low, high), 10 ** (g.uniform(-15, 0) / 20))


def notes(g, per_second, make_note):
    """A tune: make_note(frequency, t) returns the samples of one note over its own time axis t."""
    x, root, t = np.zeros(N), g.uniform(90, 260), 0.0
    while t < DURATION:
        frequency = root * 2 ** (g.choice(SCALE) / 12) * g.choice([1, 1, 2])
        start = int(t * SAMPLE_RATE)
        length = min(int(SAMPLE_RATE * g.uniform(0.2, 0.9)), N - start)
        if length > 0:
            x[start:start + length] += make_note(frequency, np.arange(length) / SAMPLE_RATE) * g.uniform(0.3, 1)
        t += g.exponential(1 / per_second)
    return x


def fade(t, seconds=0.03):
    return np.minimum(1, np.minimum(t, t[-1] - t) / seconds)


# Training families

def plain(g):
    return coloured(g)


def narrow_band(g):
    return filtered(coloured(g), bandpass(g.uniform(200, 3500), g.uniform(100, 1500)))


def trembling(g):
    return coloured(g) * tremolo(g, 1.5, 9)


def equalised(g):
    gain = bell(g.uniform(250, 3500), g.uniform(0.3, 1.2), g.uniform(-15, 20))
    return filtered(filtered(coloured(g), tilt(g.uniform(-4, 2))), gain)


def mains_50(g):
    x = sum(g.uniform(0.2, 1) * sine(50.0 * h) for h in g.choice(np.arange(1, 20), 6, replace=False))
    return x + coloured(g) * g.uniform(0, 0.3)


def plucked(g):
    decay = g.uniform(2, 5)
    return room(g, notes(g, g.uniform(2, 5), lambda f, t: sum(
        np.sin(2 * np.pi * f * h * t) * np.exp(-t * h * decay) / h for h in range(1, 9)) * fade(t, 0.005)))


def melody(g):
    index, ratio = g.uniform(0, 5), g.integers(1, 4)
    return room(g, notes(g, g.uniform(2, 5), lambda f, t: np.sin(
        2 * np.pi * f * t + index * np.sin(2 * np.pi * f * ratio * t)) * fade(t)))


def engine(g):
    speed = g.uniform(30, 90) * (1 + 0.1 * wander(g, 1))
    x = np.tanh(3 * sawtooth(speed) * (1 + 0.5 * sine(g.uniform(3, 12))))
    return filtered(x, lowpass(g.uniform(500, 2500)))


def clicks(g):
    return room(g, filtered(impulses(g, g.uniform(2, 30)), bandpass(g.uniform(800, 4000), 1000)))


def drizzle(g):
    return room(g, filtered(impulses(g, g.uniform(40, 160)), bandpass(g.uniform(800, 4000), 1500)))


def sweeps(g):
    period = g.uniform(0.15, 2.5)
    low, high = g.uniform(200, 900), g.uniform(600, 2500)
    frequency = low + (high - low) * (T / period % 1)
    tone = [sine, sawtooth][g.integers(2)]
    return room(g, tone(frequency))


def swells(g):
    envelope = np.clip(sine(g.uniform(0.7, 7)), 0, 1) + 0.02
    return filtered(coloured(g) * envelope, bandpass(g.uniform(300, 2000), g.uniform(400, 2000)))


def bursts(g):
    """Noise switched on and off at irregular times: doors, handling, cutlery."""
    gate = (wander(g, g.uniform(1, 6)) > g.uniform(-0.3, 1)).astype(float)
    gate = filtered(gate, lowpass(40, 1))
    return room(g, filtered(coloured(g) * gate, bell(g.uniform(300, 3000), 0.6, g.uniform(0, 18))))


def buzz(g):
    tone = sawtooth(g.uniform(90, 600) * (1 + g.uniform(0, 0.05) * wander(g, 3)))
    return filtered(tone * tremolo(g, 2, 8), lowpass(g.uniform(1500, 5000)))


def chirps(g):
    """Birds and squeaks: short gliding whistles."""
    glide = g.uniform(-0.8, 0.8)
    return room(g, notes(g, g.uniform(2, 8), lambda f, t: np.sin(
        2 * np.pi * 8 * f * (t + glide * t * t)) * fade(t)))


def wavering_tone(g):
    """A harmonic tone with drifting pitch and spectrum, so that a harmonic alone is no proof of a voice."""
    pitch = g.uniform(80, 320) * (1 + g.uniform(0.02, 0.2) * wander(g, g.uniform(0.5, 4)))
    x = sawtooth(pitch)
    for _ in range(2):
        x = filtered(x, bell(g.uniform(300, 3200), 0.35, g.uniform(5, 20)))
    return x * np.clip(0.6 + 0.4 * wander(g, g.uniform(0.5, 5)), 0.05, None)


# Tuning families

def shelved(g):
    return filtered(coloured(g), lambda f: 1 + g.uniform(0, 4) * lowpass(250)(f)) * (1 + 0.2 * wander(g, 2))


def mains_60(g):
    x = sum(g.uniform(0.2, 1) * harmonics(60.0 * h, [1, 0, -1 / 9, 0, 1 / 25])
            for h in g.choice(np.arange(1, 20), 5, replace=False))
    return x + coloured(g) * g.uniform(0, 0.3)


def wind(g):
    return filtered(g.standard_normal(N), tilt(-9)) * np.exp(g.uniform(0.3, 1) * wander(g, 1.5))


def bells(g):
    partials = g.uniform(1, 6, 5)
    return notes(g, g.uniform(1, 3), lambda f, t: sum(np.sin(2 * np.pi * f * p * t) for p in partials) * np.exp(-4 * t))


def footsteps(g):
    x = np.zeros(N)
    x[::int(SAMPLE_RATE / g.uniform(1.2, 3))] = 1
    thump = room(g, filtered(x, lowpass(g.uniform(150, 800))), 0.05, 0.3)
    return thump / thump.std() + coloured(g) * g.uniform(0, 0.5)


# Test families

def two_formants(g):
    x = filtered(coloured(g), bell(g.uniform(300, 900), 0.5, g.uniform(10, 25)))
    return filtered(x, bell(g.uniform(1200, 3000), 0.4, g.uniform(10, 25)))


def gated(g):
    """Noise under a trapezoid envelope: presses, pumps."""
    envelope = np.clip(2 * sine(g.uniform(1, 5)), 0, 1)
    return filtered(coloured(g) * envelope, lowpass(g.uniform(1000, 6000)))


def chords(g):
    index = g.uniform(1, 3)
    return room(g, notes(g, g.uniform(1.5, 3), lambda f, t: sum(
        np.sin(2 * np.pi * f * q * t + index * np.sin(2 * np.pi * f * q * t)) for q in (1, 1.25, 1.5)) * fade(t)))


def siren(g):
    low, high = g.uniform(300, 700), g.uniform(800, 1800)
    swing = 0.5 + 0.5 * sine(1 / g.uniform(0.3, 1.5))
    return filtered(square(low * (high / low) ** swing), lowpass(4000))


def rain(g):
    return room(g, filtered(impulses(g, g.uniform(200, 1500)), bandpass(g.uniform(800, 4000), 3000)), 0.1, 0.4)


def phaser(g):
    """Noise through a comb filter whose delay sweeps: a passing aircraft."""
    x = coloured(g)
    delay = SAMPLE_RATE * 0.001 * (2 + 1.5 * sine(g.uniform(0.1, 1)))
    echo = np.interp(np.arange(N) - delay, np.arange(N), x)
    return filtered(x + g.uniform(0.6, 0.95) * echo, bandpass(g.uniform(500, 2000), 2500))


def diesel(g):
    firing = square(g.uniform(20, 60) * (1 + 0.05 * wander(g, 1)))
    pink = filtered(g.standard_normal(N), tilt(-3))
    mix = firing / firing.std() + g.uniform(0.3, 1.5) * pink / pink.std()
    return filtered(mix * tremolo(g, 5, 20, (0.2, 0.8)), lowpass(g.uniform(600, 3000)))


def vacuum_cleaner(g):
    whine = harmonics(g.uniform(150, 500) * (1 + 0.01 * wander(g, 3)), g.uniform(0, 1, 8))
    hiss = filtered(g.standard_normal(N), highpass(g.uniform(200, 1000)))
    return whine / whine.std() * g.uniform(0.2, 1.5) + hiss / hiss.std()


def keyboard(g):
    """Typing: pairs of short broadband clicks in irregular groups."""
    strokes = impulses(g, g.uniform(4, 12)) * (wander(g, 0.5) > -0.5)
    strokes = strokes + 0.5 * np.roll(strokes, int(0.08 * SAMPLE_RATE))
    x = room(g, filtered(strokes, bandpass(g.uniform(1500, 5000), 3000)), 0.03, 0.2)
    return x / x.std() + filtered(g.standard_normal(N), tilt(-4)) * g.uniform(0.1, 0.6)


FAMILIES = {
    "train": [plain, narrow_band, trembling, equalised, mains_50, plucked, melody, engine, clicks, drizzle, sweeps,
              swells, bursts, buzz, chirps, wavering_tone],
    "tune": [shelved, mains_60, wind, bells, footsteps],
    "test": [two_formants, gated, chords, siren, rain, phaser, diesel, vacuum_cleaner, keyboard],
}
RECORDINGS = {"train": 800, "tune": 100, "test": 180}


def recordings(split, seed):
    """Yield the noises of one split, unit rms, float32; families take turns."""
    families = FAMILIES[split]
    for i in range(RECORDINGS[split]):
        x = families[i % len(families)](np.random.default_rng([seed, i]))
        yield (x / x.std()).astype(np.float32)
