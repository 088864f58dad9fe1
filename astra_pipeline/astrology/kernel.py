"""JPL DE421, read from the file that skyfield-data brings.

The polynomials are evaluated as jplephem does, operation for operation, so the numbers are its numbers to the last
bit. It takes two thirds of the time, because each table lies in memory in the order in which it is read.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from astra_pipeline.astrology.timescales import J2000
from astra_pipeline.astrology.zodiac import FloatArray, IntArray

if TYPE_CHECKING:
    from jplephem.spk import SPK, Segment

_SECONDS_A_DAY = 86400.0


@dataclass(frozen=True)
class Path:
    """The path of one body as seen from another, as Chebyshev polynomials over equal spans of time."""

    segment: Segment
    begins: float
    """The first moment, seconds from J2000."""
    span: float
    """The seconds that one polynomial serves."""
    coefficients: FloatArray
    """(degree + 1, 3, spans), the highest degree first."""

    def position(self, jd_tt: FloatArray) -> FloatArray:
        """(3, n) km at Julian dates (n,). Raises jplephem's OutOfRangeError."""
        index, offset = self._spans(jd_tt)
        if not self._covers(index):
            return np.asarray(self.segment.compute(jd_tt))
        s = 2.0 * offset / self.span - 1.0
        twice = 2.0 * s
        w0 = w1 = 0.0
        for layer in self.coefficients[:-1]:
            w1, w2 = w0, w1
            w0 = layer.take(index, axis=1, mode="clip") + (twice * w1 - w2)
        return self.coefficients[-1].take(index, axis=1, mode="clip") + (s * w0 - w1)

    def motion(self, jd_tt: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(position, velocity) at Julian dates (n,): each (3, n), km and km a day. Raises OutOfRangeError."""
        index, offset = self._spans(jd_tt)
        if not self._covers(index):
            return self.segment.compute_and_differentiate(jd_tt)
        s = 2.0 * offset / self.span - 1.0
        twice = 2.0 * s
        w0 = w1 = dw0 = dw1 = 0.0
        for layer in self.coefficients[:-1]:
            w1, w2 = w0, w1
            dw1, dw2 = dw0, dw1
            w0 = layer.take(index, axis=1, mode="clip") + (twice * w1 - w2)
            dw0 = 2.0 * w1 + dw1 * twice - dw2
        velocity = w0 + s * dw0 - dw1
        velocity = velocity / self.span * 2.0 * _SECONDS_A_DAY
        return self.coefficients[-1].take(index, axis=1, mode="clip") + (s * w0 - w1), velocity

    def _spans(self, jd_tt: FloatArray) -> tuple[IntArray, FloatArray]:
        """(span, seconds since its start) of each moment."""
        index, offset = np.divmod((jd_tt - J2000) * _SECONDS_A_DAY - self.begins, self.span)
        return index.astype(np.int64), offset

    def _covers(self, index: IntArray) -> bool:
        """False where a moment is the very last one or lies outside: jplephem knows what to do."""
        return not index.size or bool(index.min() >= 0 and index.max() < self.coefficients.shape[-1])


@cache
def path(centre: int, target: int) -> Path:
    """The path of a body as seen from another, both by their NAIF numbers. Raises KeyError for an unknown pair."""
    segment = _kernel()[centre, target]
    begins, span, _, _ = segment.daf.read_array(segment.end_i - 3, segment.end_i)
    _, _, by_component = segment.load_array()
    # (3, spans, degree + 1), the lowest degree first.
    layers = np.ascontiguousarray(np.moveaxis(by_component, -1, 0)[::-1])
    return Path(segment, float(begins), float(span), layers)


@lru_cache(maxsize=1)
def _kernel() -> SPK:
    from jplephem.spk import SPK
    from skyfield_data import get_skyfield_data_path

    with warnings.catch_warnings():  # skyfield-data warns that other files of it expire; this one does not
        warnings.simplefilter("ignore")
        folder = get_skyfield_data_path()
    return SPK.open(f"{folder}/de421.bsp")
