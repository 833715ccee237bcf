"""A small SVG chart: lines on logarithmic axes, with a legend."""

import math
from html import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
COLOURS = ("#b4442c", "#e09a5b", "#2b5c8a", "#7fb0d6", "#4d7f3f", "#8a6bb0")


class Axis:
    """Maps a positive value to a coordinate, logarithmically."""

    def __init__(self, values, low, high):
        self.smallest, self.largest = min(values), max(values)
        if self.smallest == self.largest:
            self.largest *= 2
        self._low, self._high = low, high

    def __call__(self, value):
        span = math.log(self.largest / self.smallest)
        return self._low + (self._high - self._low) * math.log(value / self.smallest) / span

    def ticks(self):
        """1, 2 and 5 times the powers of ten; the powers alone where those would crowd."""
        first, last = math.floor(math.log10(self.smallest)), math.ceil(math.log10(self.largest))
        steps = (1, 2, 5) if last - first <= 3 else (1,)
        candidates = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        return [value for value in candidates if self.smallest <= value <= self.largest]


def short(value):
    """500, 20k, 1M: room beside the axis is small."""
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def text(x, y, content, anchor="middle", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(content)}</text>'


def line(x1, y1, x2, y2):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def axes(x_axis, y_axis, x_label, y_label):
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for value in x_axis.ticks():
        parts += [
            line(x_axis(value), TOP, x_axis(value), bottom),
            text(x_axis(value), bottom + 18, f"{value:g}"),
        ]
    for value in y_axis.ticks():
        parts += [
            line(LEFT, y_axis(value), right, y_axis(value)),
            text(LEFT - 6, y_axis(value) + 4, short(value), "end"),
        ]
    middle = (TOP + bottom) / 2
    parts.append(text((LEFT + right) / 2, HEIGHT - 10, x_label))
    parts.append(text(16, middle, y_label, extra=f' transform="rotate(-90 16 {middle})"'))
    return parts


def series(index, name, points, x_axis, y_axis):
    colour = COLOURS[index % len(COLOURS)]
    coordinates = [(x_axis(x), y_axis(y)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in coordinates)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in coordinates]
    y = TOP + 12 + 20 * index
    x = WIDTH - RIGHT + 12
    parts.append(f'<rect x="{x}" y="{y - 9}" width="12" height="10" fill="{colour}"/>')
    parts.append(text(x + 18, y, name, "start"))
    return parts


def chart(title, x_label, y_label, lines):
    """Returns the document; `lines` is {name: [(x, y), ...]} with positive values."""
    points = [point for values in lines.values() for point in values]
    x_axis = Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    y_axis = Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(WIDTH / 2, 22, title, extra=' font-size="15"'),
        *axes(x_axis, y_axis, x_label, y_label),
    ]
    for index, (name, values) in enumerate(lines.items()):
        parts += series(index, name, values, x_axis, y_axis)
    return "\n".join([*parts, "</svg>", ""])
