"""Small signal helpers shared by the speech and the noise generators: FFT filters, reverb, levels.

Everything is numpy with explicit generators, so a seed gives the same samples on every run. sox would be shorter
but its synthesised noise cannot be seeded.
"""
import numpy as np

SAMPLE_RATE = 16000


def rms(x):
    return np.sqrt(np.mean(np.square(x)) + 1e-9)


def filtered(x, gain):
    """Filter x in the frequency domain; gain is a function of an array of frequencies in Hz (circular, zero phase)."""
    freqs = np.fft.rfftfreq(len(x), 1 / SAMPLE_RATE)
    return np.fft.irfft(np.fft.rfft(x) * gain(freqs), len(x))


def lowpass(cutoff, order=2):
    return lambda f: 1 / np.sqrt(1 + (f / cutoff) ** (2 * order))


def highpass(cutoff, order=2):
    return lambda f: 1 - lowpass(cutoff, order)(f)


def bandpass(centre, width):
    return lambda f: 1 / np.sqrt(1 + ((f - centre) / (width / 2)) ** 4)


def bell(centre, octaves, db):
    """Peaking equaliser: db at the centre, 0 dB far away, Gaussian on a logarithmic frequency axis."""
    return lambda f: 10 ** (db / 20 * np.exp(-(np.log2(np.maximum(f, 1) / centre) / octaves) ** 2))


def tilt(db_per_octave, lowest=40):
    return lambda f: (np.maximum(f, lowest) / 1000) ** (db_per_octave / 6.02)


def reverb(g, x, rt60, wet):
    """Add an exponentially decaying diffuse tail: rt60 in seconds, wet is its rms share against the dry signal."""
    n_tail = int(rt60 * SAMPLE_RATE)
    decay = np.exp(-6.91 * np.arange(n_tail) / n_tail)
    impulse = g.standard_normal(n_tail) * decay
    impulse = filtered(impulse, lowpass(g.uniform(2000, 6000), 1))
    n_fft = 1 << int(np.ceil(np.log2(len(x) + n_tail)))
    tail = np.fft.irfft(np.fft.rfft(x, n_fft) * np.fft.rfft(impulse, n_fft), n_fft)[:len(x)]
    return x + tail * (wet * rms(x) / rms(tail))


def resample(x, rate):
    """Band-limited resampling of a whole recording to SAMPLE_RATE by cutting or padding its spectrum."""
    if rate == SAMPLE_RATE:
        return x
    step = rate // np.gcd(rate, SAMPLE_RATE)          # pad so that the output length is a whole number
    x = np.pad(x, (0, -len(x) % step))
    n_out = len(x) * SAMPLE_RATE // rate
    spectrum = np.fft.rfft(x)
    wanted = n_out // 2 + 1
    spectrum = spectrum[:wanted] if len(spectrum) >= wanted else np.pad(spectrum, (0, wanted - len(spectrum)))
    return np.fft.irfft(spectrum, n_out) * (n_out / len(x))


def to_int16(x, peak=20000):
    return np.rint(x * (peak / max(np.abs(x).max(), 1e-9))).astype(np.int16)
