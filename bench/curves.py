"""How cost grows with the batch, the width and the depth, on one core and on more, as SVG charts."""

import datetime
import statistics
import subprocess
from dataclasses import dataclass
from typing import Callable

import report
import runner
import svg

CONTENDERS = {"rhyton": "Rhyton", "torch_eager": "PyTorch"}
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
WIDTHS = (32, 64, 128, 256, 512, 1024, 2048)
DEPTHS = (2, 5, 10, 20, 50, 100, 200)
USUAL_BATCH = 32


@dataclass(frozen=True)
class Curve:
    name: str
    title: str
    x_label: str
    y_label: str
    mode: str
    xs: tuple
    model: Callable  # x -> model name
    batch_size: Callable  # x -> samples in a batch
    y: Callable  # (result, x) -> what is drawn


def samples_per_second(result, _):
    return result["samples_per_second"]


def microseconds_per_layer(result, depth):
    return 1e3 * result["median_ms"] / depth


def batch_curve(model, mode):
    return Curve(
        f"batch-{model}-{mode}",
        f"{model}, {mode}",
        "batch size",
        "samples per second",
        mode,
        BATCHES,
        model=lambda _: model,
        batch_size=lambda batch: batch,
        y=samples_per_second,
    )


CURVES = (
    batch_curve("lenet", "train"),
    batch_curve("lenet", "predict"),
    batch_curve("mlp", "train"),
    Curve(
        "width-train",
        f"256-N-N-10, training, batch {USUAL_BATCH}",
        "width N",
        "samples per second",
        "train",
        WIDTHS,
        model=lambda width: f"width-{width}",
        batch_size=lambda _: USUAL_BATCH,
        y=samples_per_second,
    ),
    Curve(
        "depth-train",
        f"N x Dense 64, training, batch {USUAL_BATCH}",
        "depth N",
        "microseconds per layer and step",
        "train",
        DEPTHS,
        model=lambda depth: f"depth-{depth}",
        batch_size=lambda _: USUAL_BATCH,
        y=microseconds_per_layer,
    ),
    Curve(
        "depth-predict",
        "N x Dense 64, prediction, batch 1",
        "depth N",
        "microseconds per layer",
        "predict",
        DEPTHS,
        model=lambda depth: f"depth-{depth}",
        batch_size=lambda _: 1,
        y=microseconds_per_layer,
    ),
)


def make_missing_models(args):
    names = {curve.model(x) for curve in CURVES for x in curve.xs}
    missing = sorted(name for name in names if not (args.model_dir / f"{name}.keras").exists())
    if missing:
        command = [args.python, "models.py", "--models", ",".join(missing), "--out", args.model_dir]
        subprocess.run(command, cwd=runner.BENCH, check=True)


def measure_point(curve, x, contenders, threads, args):
    """Returns {contender's name: y}, the median over the rounds; a contender that cannot run is left out."""
    job = runner.Job(
        args.model_dir / f"{curve.model(x)}.keras", curve.mode, curve.batch_size(x), threads, args.seconds
    )
    measured = {}
    for _ in range(args.rounds):
        for contender in contenders:
            try:
                result = contender.run(job, args.cores[:threads])
            except runner.Unavailable as error:
                print(f"  {contender.name}: {error}", flush=True)
                continue
            measured.setdefault(contender.name, []).append(curve.y(result, x))
    return {name: statistics.median(ys) for name, ys in measured.items()}


def measure(curve, contenders, args):
    lines = {}
    for x in curve.xs:
        for threads in range(1, len(args.cores) + 1):
            for name, y in measure_point(curve, x, contenders, threads, args).items():
                label = f"{CONTENDERS[name]}, {threads} thread{'s' if threads > 1 else ''}"
                lines.setdefault(label, []).append((x, y))
        print(f"{curve.name} {x}", flush=True)
    return dict(sorted(lines.items(), reverse=True))


def draw_all(args):
    """Measures every curve and shows them in the section `curves` of the report."""
    make_missing_models(args)
    contenders = runner.make_contenders(CONTENDERS, args.rhyton, args.python)
    folder = args.docs / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    images = []
    for curve in CURVES:
        lines = measure(curve, contenders, args)
        if not lines:
            continue
        (folder / f"{curve.name}.svg").write_text(svg.chart(curve.title, curve.x_label, curve.y_label, lines))
        images.append(f"![{curve.title}](performance/{curve.name}.svg)")
    origin = f"{datetime.date.today().isoformat()}, commit {runner.commit()}, {report.machine()}"
    body = "\n\n".join(["### How cost grows", *images, f"{origin}: `python bench/compare.py --curves`."])
    report.replace_section(args.docs / "performance.md", "curves", body)
