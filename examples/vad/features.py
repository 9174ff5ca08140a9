"""Log-mel spectrogram as the sensor front end would deliver it: 13 bands x 64 frames, one byte each."""
import numpy as np

from signal_tools import SAMPLE_RATE

HOP, WINDOW, FRAMES, BANDS = 256, 512, 64, 13
CLIP = (FRAMES - 1) * HOP + WINDOW                    # samples of one clip, 2.08 s
LOW_HZ, HIGH_HZ = 80, 7600
# A fixed range, not a per-clip normalisation: hardware sees a stream and cannot look ahead for the loudest frame.
LOW_DB, HIGH_DB = -5.0, 85.0


def mel_filters():
    """Triangular filters with unit sum, [BANDS, WINDOW/2 + 1]."""
    mel = lambda f: 2595 * np.log10(1 + f / 700)
    edges = 700 * (10 ** (np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BANDS + 2) / 2595) - 1)
    freqs = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    low, mid, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    filters = np.clip(np.minimum((freqs - low) / (mid - low), (high - freqs) / (high - mid)), 0, None)
    return filters / filters.sum(1, keepdims=True)


FILTERS = mel_filters()
HANN = np.hanning(WINDOW)
FRAME_INDEX = np.arange(FRAMES)[:, None] * HOP + np.arange(WINDOW)


def log_mel(clip):
    """One clip in int16 units, [CLIP] -> uint8 [BANDS, FRAMES]."""
    power = np.abs(np.fft.rfft(clip[FRAME_INDEX] * HANN)) ** 2 / WINDOW
    db = 10 * np.log10(power @ FILTERS.T + 1.0)
    code = np.rint((db - LOW_DB) / (HIGH_DB - LOW_DB) * 255)
    return np.clip(code, 0, 255).astype(np.uint8).T
