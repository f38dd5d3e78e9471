"""Charts: what is where in them, and that any text is safe in them."""

from xml.etree import ElementTree

import pytest

from benchmarks.plots import Axis, Bar, bar_chart, line_chart, shown

SVG = "{http://www.w3.org/2000/svg}"
X, Y = Axis("tools"), Axis("tokens")


def elements(chart: str, tag: str, kind: str | None = None) -> list[dict[str, str]]:
    found = ElementTree.fromstring(chart).iter(SVG + tag)
    return [each.attrib for each in found if kind is None or each.get("class") == kind]


def texts(chart: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(chart).iter(SVG + "text")]


def places(chart: str) -> list[list[tuple[float, float]]]:
    """The points of each line, in pixels from the upper left."""
    lines = elements(chart, "polyline")
    return [
        [(float(a), float(b)) for a, _, b in (p.partition(",") for p in line["points"].split())]
        for line in lines
    ]


def widths(chart: str, colour: int) -> list[float]:
    bars = elements(chart, "rect", f"f{colour}")
    return [float(bar["width"]) for bar in bars if bar["width"] != "8"]


def test_text_of_any_kind_is_shown_as_it_is() -> None:
    name = "a < b & \"c\" 'd' größe"
    assert texts(line_chart(name, Axis(name), Y, {name: [(1, 2)]})).count(name) == 3
    assert texts(bar_chart(name, Axis(name), [name], {name: [1]})).count(name) == 4


def test_a_chart_is_the_same_for_the_same_figures() -> None:
    first, second = (line_chart("t", X, Y, {"a": [(1, 2), (3, 4)]}) for _ in range(2))
    assert first == second


def test_on_a_log_scale_equal_factors_are_equally_far_apart() -> None:
    log = Axis("n", log=True)
    [line] = places(line_chart("t", log, log, {"a": [(10, 1), (100, 100), (1000, 10_000)]}))
    (x1, y1), (x2, y2), (x3, y3) = line
    assert x3 - x2 == pytest.approx(x2 - x1, abs=0.2)
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2) != 0


def test_on_a_linear_scale_equal_steps_are_equally_far_apart() -> None:
    [line] = places(line_chart("t", X, Y, {"a": [(0, 5), (10, 10), (20, 15)]}))
    (x1, y1), (x2, y2), (x3, y3) = line
    assert x3 - x2 == pytest.approx(x2 - x1, abs=0.2)
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2) != 0


@pytest.mark.parametrize("log", [False, True])
def test_every_point_is_inside_the_chart(log: bool) -> None:
    up, down = [(49.0, 5024.0), (2166.0, 981_055.0)], [(49.0, 2046.0), (2166.0, 0.37)]
    chart = line_chart("t", Axis("x", log), Axis("y", log), {"up": up, "down": down})
    assert all(84 <= x <= 732 and 84 <= y <= 400 for line in places(chart) for x, y in line)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("value", [1, 7, 1000, 0.25])
def test_a_single_point_is_drawn(value: float, log: bool) -> None:
    [[(x, y)]] = places(line_chart("t", Axis("x", log), Axis("y", log), {"a": [(value, value)]}))
    assert 84 <= x <= 732
    assert 84 <= y <= 400


def test_bars_are_as_long_as_their_figures() -> None:
    chart = bar_chart("t", Axis("s"), ["cold", "warm"], {"plain": [3, 3], "ours": [1.5, 0.1]})
    plain, ours = widths(chart, 0), widths(chart, 1)
    assert plain[0] == plain[1] == pytest.approx(2 * ours[0], rel=0.01)
    assert ours[1] == pytest.approx(plain[0] / 30, rel=0.05)
    assert {"cold", "warm", "plain", "ours", "1.5", "0.1"} <= set(texts(chart))


def test_bars_without_length_are_still_seen() -> None:
    chart = bar_chart("t", Axis("s"), ["a"], {"none": [0], "some": [5]})
    assert widths(chart, 0) == [1]


def test_a_whisker_spans_the_runs() -> None:
    chart = bar_chart("t", Axis("s"), ["a"], {"x": [Bar(2, low=1, high=4)]})
    [bar] = widths(chart, 0)
    whisker = elements(chart, "line", "whisker")[0]
    assert float(whisker["x2"]) - float(whisker["x1"]) == pytest.approx(1.5 * bar, rel=0.01)


def test_bars_of_a_log_axis_begin_at_a_power_of_ten() -> None:
    chart = bar_chart("t", Axis("n", log=True), ["a"], {"x": [100], "y": [10_000], "z": [20]})
    assert widths(chart, 1)[0] == pytest.approx(3 * widths(chart, 0)[0], rel=0.01)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (981_055, "981,055"),
        (1234.5, "1,234"),
        (99.96, "100"),
        (3, "3"),
        (3.05, "3.05"),
        (0.0023, "0.0023"),
        (0.5, "0.5"),
        (12.34, "12.3"),
        (-2.5, "-2.5"),
    ],
)
def test_figures_are_shown_with_three_digits_that_count(value: float, text: str) -> None:
    assert shown(value) == text
