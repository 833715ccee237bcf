"""Draws digits.svg, the picture in the README: python3 docs/make_digits_svg.py (needs numpy)."""

from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
STYLE = """
.t { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1c2330; }
.s { font-size: 11px; fill: #5b6678; } .m { font-family: "DejaVu Sans Mono", monospace; font-size: 11px; }
.card { fill: #f4f6f9; stroke: #d5dae2; } .ink { fill: #1c2330; } .crop { fill: none; stroke: #c2570c; stroke-width: 2;
stroke-dasharray: 4 3; } .a { stroke: #5b6678; stroke-width: 1.5; fill: none; marker-end: url(#head); } .h { fill: #5b6678; }
.bar { fill: #2563c9; } .track { fill: #dfe3ea; }
@media (prefers-color-scheme: dark) { .t { fill: #e6e9ee; } .s { fill: #9aa5b5; } .card { fill: #1d2229; stroke: #3a424e; }
.ink { fill: #e6e9ee; } .crop { stroke: #f2a25c; } .a { stroke: #9aa5b5; } .h { fill: #9aa5b5; } .bar { fill: #6ea8ff; }
.track { fill: #333b46; } }
"""


def text(x, y, words, kind="", anchor="middle"):
    return f'<text class="t {kind}" x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'


def arrow(x0, y0, x1, y1):
    return f'<path class="a" d="M{x0} {y0}L{x1} {y1}"/>'


def canvas(x, y, image, down, right, cell):
    """A digit on its canvas of 12x12 pixels, with the frame that the crop keeps."""
    size = 12 * cell
    out = [f'<rect class="card" x="{x}" y="{y}" width="{size}" height="{size}" rx="3"/>']
    for row in range(8):
        for column in range(8):
            value = image[row, column] / 16
            if value > 0:
                out.append(
                    f'<rect class="ink" opacity="{value:.2f}" x="{x + (column + right) * cell}" '
                    f'y="{y + (row + down) * cell}" width="{cell}" height="{cell}"/>'
                )
    out.append(
        f'<rect class="crop" x="{x + cell}" y="{y + cell}" width="{10 * cell}" height="{10 * cell}"/>'
    )
    return "".join(out)


def layer(x, y, name, shape, width=136):
    return (
        f'<rect class="card" x="{x}" y="{y}" width="{width}" height="40" rx="6"/>'
        + text(x + width / 2, y + 17, name)
        + text(x + width / 2, y + 32, shape, "s")
    )


def scores(x, y, chosen):
    out = []
    for digit in range(10):
        share = 0.96 if digit == chosen else 0.02 + 0.03 * (digit * 7 % 3 == 0)
        out.append(text(x, y + 15 * digit + 9, digit, "s", "end"))
        out.append(f'<rect class="track" x="{x + 6}" y="{y + 15 * digit}" width="70" height="10" rx="2"/>')
        out.append(
            f'<rect class="bar" x="{x + 6}" y="{y + 15 * digit}" width="{70 * share:.1f}" height="10" rx="2"/>'
        )
    return "".join(out)


def main():
    data = np.load(HERE.parent / "data" / "digits.npz")
    chosen = 3
    image = data["x"][np.flatnonzero(data["y"] == chosen)[0], :, :, 0].astype(float)
    parts = [
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="h" d="M0 0L8 4L0 8z"/></marker></defs>',
    ]
    for number, (down, right) in enumerate([(2, 2), (1, 3), (3, 1)]):
        parts.append(canvas(16, 30 + 92 * number, image, down, right, 7))
    parts += [text(58, 20, "shifted digits", "s"), arrow(108, 165, 134, 165)]
    left = [("Rescaling", "12x12x1"), ("Cropping2D", "10x10x1"), ("Conv2D 16, 3x3", "10x10x16"), ("Conv2D 32, 3x3", "8x8x32")]
    right = [("MaxPooling2D", "4x4x32"), ("Dropout, Flatten", "512"), ("Dense 64, relu", "64"), ("Dense 10, softmax", "10")]
    for column, (x, layers) in enumerate([(142, left), (306, right)]):
        for row, (name, shape) in enumerate(layers):
            y = 46 + 66 * row
            parts.append(layer(x, y, name, shape))
            if row < 3:
                parts.append(arrow(x + 68, y + 42, x + 68, y + 62))
    parts += [
        '<path class="a" d="M278 264L292 264L292 66L302 66"/>',
        text(292, 20, "Sequential({...}) in C++, or the same as Keras's JSON", "s"),
        arrow(444, 264, 474, 204),
        scores(488, 92, chosen),
        text(524, 20, "10 scores", "s"),
        arrow(572, 165, 610, 165),
        '<path class="card" d="M618 120h62l20 20v74h-82z"/>',
        text(659, 168, "digits", "m"),
        text(659, 184, ".keras", "m"),
        text(659, 20, "save_model", "s"),
        arrow(704, 150, 738, 96),
        arrow(704, 168, 738, 168),
        arrow(704, 186, 738, 240),
        layer(744, 70, "C++", "load_model(...)", 130),
        layer(744, 148, "rhyton", "predict, verify", 130),
        layer(744, 226, "Keras, Python", "keras.models", 130),
    ]
    body = "\n".join(parts)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 890 316" role="img">\n{body}\n</svg>\n'
    (HERE / "digits.svg").write_text(svg)


if __name__ == "__main__":
    main()
