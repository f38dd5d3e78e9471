"""Charts as SVG: lines over an axis, and grouped bars.

Each chart paints its own panel, light or dark as its reader prefers, so that it can stand on a page
of any colour. Charts are equal when their figures are: nothing in them depends on the machine.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

WIDTH = 760
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
CHARACTER = 6.7
"""Pixels that a character of 12 pixels' height takes at most, on average."""

_STYLE = f"""
text {{ font: 12px {FONT}; fill: #424a53; }}
.title {{ font-size: 15px; font-weight: 600; fill: #1f2328; }}
.value {{ fill: #1f2328; }}
.panel {{ fill: #ffffff; stroke: #d0d7de; }}
.grid {{ stroke: #dfe3e8; }}
.axis {{ stroke: #6e7781; }}
.whisker {{ stroke: #1f2328; }}
.line {{ fill: none; stroke-width: 2.5; stroke-linejoin: round; }}
.f0 {{ fill: #b35900; }} .s0 {{ stroke: #b35900; }}
.f1 {{ fill: #0969da; }} .s1 {{ stroke: #0969da; }}
.f2 {{ fill: #1a7f37; }} .s2 {{ stroke: #1a7f37; }}
.f3 {{ fill: #8250df; }} .s3 {{ stroke: #8250df; }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #b1bac4; }}
.title, .value {{ fill: #f0f6fc; }}
.panel {{ fill: #0d1117; stroke: #3d444d; }}
.grid {{ stroke: #2a313c; }}
.axis {{ stroke: #9198a1; }}
.whisker {{ stroke: #f0f6fc; }}
.f0 {{ fill: #f0a04b; }} .s0 {{ stroke: #f0a04b; }}
.f1 {{ fill: #58a6ff; }} .s1 {{ stroke: #58a6ff; }}
.f2 {{ fill: #3fb950; }} .s2 {{ stroke: #3fb950; }}
.f3 {{ fill: #bc8cff; }} .s3 {{ stroke: #bc8cff; }}
}}
"""
COLOURS = 4


class Axis(NamedTuple):
    """What an axis shows, with its unit, and on which scale."""

    label: str
    log: bool = False


class Bar(NamedTuple):
    """One bar; between ``low`` and ``high``, if given, a whisker shows the spread of the runs."""

    value: float
    low: float | None = None
    high: float | None = None


def line_chart(
    title: str, x: Axis, y: Axis, series: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """The points of each series, by its name, joined by lines. Log axes take positive figures."""
    left, right, top, bottom = 84.0, WIDTH - 28.0, 84.0, 400.0
    points = [point for each in series.values() for point in each]
    across = _Scale([point[0] for point in points], (left, right), x.log, tight=True)
    up = _Scale([point[1] for point in points], (bottom, top), y.log)
    parts = [*_legend(series, 52)]
    for tick in up.ticks:
        parts.append(_line("grid", left, up.at(tick), right, up.at(tick)))
        parts.append(_text(shown(tick), left - 8, up.at(tick) + 4, anchor="end"))
    for tick in across.ticks:
        parts.append(_line("grid", across.at(tick), top, across.at(tick), bottom))
        parts.append(_text(shown(tick), across.at(tick), bottom + 18, anchor="middle"))
    parts.append(_line("axis", left, bottom, right, bottom))
    parts.append(_text(x.label, (left + right) / 2, bottom + 40, anchor="middle"))
    parts.append(_text(y.label, 20, (top + bottom) / 2, anchor="middle", turned=True))
    for number, each in enumerate(series.values()):
        places = [(across.at(a), up.at(b)) for a, b in each]
        path = " ".join(f"{_n(a)},{_n(b)}" for a, b in places)
        parts.append(f'<polyline class="line s{number % COLOURS}" points="{path}"/>')
        parts += [_marker(number, *place) for place in places]
        (a, b), value = places[-1], each[-1][1]
        parts.append(_text(shown(value), a, b - 9, anchor="end", kind="value"))
    return _svg(title, 456, parts)


def bar_chart(
    title: str, axis: Axis, groups: Sequence[str], series: Mapping[str, Sequence[float | Bar]]
) -> str:
    """Bars from left to right: for each group one of each series, by the name of the series.

    Each bar has its figure beside it. A log axis takes positive figures, any other begins at 0.
    """
    bars = {
        name: [value if isinstance(value, Bar) else Bar(value) for value in values]
        for name, values in series.items()
    }
    left = 36 + CHARACTER * max(map(len, groups))
    thickness, gap, top = 17, 16, 78
    pitch = thickness * len(series) + gap
    bottom = top + pitch * len(groups) + 4
    figures = [figure for values in bars.values() for bar in values for figure in bar if figure]
    start = [] if axis.log else [0.0]
    across = _Scale([*start, *figures], (left, WIDTH - 84), axis.log)
    parts = [*_legend(series, 52)]
    for tick in across.ticks:
        parts.append(_line("grid", across.at(tick), top, across.at(tick), bottom))
        parts.append(_text(shown(tick), across.at(tick), bottom + 18, anchor="middle"))
    for i, group in enumerate(groups):
        first = top + gap / 2 + i * pitch
        middle = first + thickness * len(series) / 2
        parts.append(_text(group, left - 10, middle + 4, anchor="end"))
        for number, values in enumerate(bars.values()):
            place = (left, first + number * thickness, thickness - 2)
            parts += _bar(number, values[i], across, place)
    parts.append(_line("axis", left, top, left, bottom))
    parts.append(_text(axis.label, (left + WIDTH - 84) / 2, bottom + 40, anchor="middle"))
    return _svg(title, bottom + 56, parts)


def shown(value: float) -> str:
    """A figure as people read it: three digits that count, thousands parted."""
    if value == 0 or abs(value) >= 100 or (abs(value) >= 1 and value == round(value)):
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}".rstrip("0").rstrip(".")


class _Scale:
    """Where the figures of an axis are, in pixels."""

    def __init__(
        self, values: Iterable[float], span: tuple[float, float], log: bool, *, tight: bool = False
    ) -> None:
        """``tight``: the axis ends with the figures, not at the next tick."""
        found = list(values)
        low, high = min(found), max(found)
        self._log, self._span = log, span
        candidates = _log_ticks(low, high) if log else _linear_ticks(low, high)
        if tight:
            self._low, self._high = (low / 1.12, high * 1.12) if log else (low, high)
        else:
            self._low, self._high = candidates[0], candidates[-1]
        self.ticks = [tick for tick in candidates if self._low <= tick <= self._high]

    def at(self, value: float) -> float:
        """The place of ``value``; an axis whose figures are all the same has them at its start."""
        low, high, this = self._low, self._high, value
        if self._log:
            low, high, this = math.log10(low), math.log10(high), math.log10(value)
        share = (this - low) / (high - low) if high > low else 0.0
        start, end = self._span
        return start + share * (end - start)


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten from below ``low`` to above ``high``; 2 and 5 as well if they are few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = [1.0, 2.0, 5.0] if high < 100 * low else [1.0]
    ticks = [10.0**power * step for power in range(first, last) for step in steps]
    return [*ticks, 10.0**last]


def _linear_ticks(low: float, high: float) -> list[float]:
    """Round figures from at most ``low`` to at least ``high``, four to nine of them."""
    rough = (high - low or abs(high) or 1.0) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= rough)
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    return [step * number for number in range(first, max(last, first + 1) + 1)]


def _bar(number: int, bar: Bar, across: _Scale, place: tuple[float, float, float]) -> Iterable[str]:
    left, top, thickness = place
    end, middle = across.at(bar.value), top + thickness / 2
    yield (
        f'<rect class="f{number % COLOURS}" x="{_n(left)}" y="{_n(top)}" '
        f'width="{_n(max(end - left, 1))}" height="{_n(thickness)}"/>'
    )
    if bar.low is not None and bar.high is not None:
        low, high = across.at(bar.low), across.at(bar.high)
        yield _line("whisker", low, middle, high, middle)
        yield _line("whisker", low, middle - 4, low, middle + 4)
        yield _line("whisker", high, middle - 4, high, middle + 4)
        end = max(end, high)
    yield _text(shown(bar.value), end + 6, middle + 4, kind="value")


def _legend(names: Iterable[str], y: float) -> Iterable[str]:
    x = 24.0
    for number, name in enumerate(names):
        yield _marker(number, x + 5, y - 4)
        yield _text(name, x + 17, y)
        x += 17 + CHARACTER * len(name) + 16


def _marker(number: int, x: float, y: float) -> str:
    """A circle or a square, so that two series differ also where colours do not show."""
    if number % 2:
        return (
            f'<rect class="f{number % COLOURS}" x="{_n(x - 4)}" y="{_n(y - 4)}" '
            'width="8" height="8"/>'
        )
    return f'<circle class="f{number % COLOURS}" cx="{_n(x)}" cy="{_n(y)}" r="4.5"/>'


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line class="{kind}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" '
        'stroke-width="1"/>'
    )


def _text(
    text: str, x: float, y: float, *, anchor: str = "start", kind: str = "", turned: bool = False
) -> str:
    attributes = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"'
    if kind:
        attributes += f' class="{kind}"'
    if turned:
        attributes += f' transform="rotate(-90 {_n(x)} {_n(y)})"'
    return f"<text {attributes}>{escape(text)}</text>"


def _svg(title: str, height: float, parts: Iterable[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_n(height)}" '
            f'width="{WIDTH}" height="{_n(height)}" role="img" aria-label={quoteattr(title)}>',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="panel" x="0.5" y="0.5" width="{WIDTH - 1}" '
            f'height="{_n(height - 1)}" rx="6"/>',
            _text(title, 24, 30, kind="title"),
            *parts,
            "</svg>\n",
        ]
    )


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
