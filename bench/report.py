"""Writes the measured tables into docs/performance.md, between `<!-- table:NAME -->` and `<!-- end -->`, and their
overviews into README.md where it has a place for them.

The raw results stay beside it in docs/performance/NAME.json, so that a run of some models keeps the others.
"""

import json
import os
import platform
import re
import statistics
from pathlib import Path

REFERENCE = "rhyton"
LABELS = {
    "rhyton": "**Rhyton**",
    "rhyton-fast": "**Rhyton**, `Precision::fast`",
    "rhyton-baseline": "**Rhyton**, `-Dcpu=baseline`",
    "rhyton-eigen": "**Rhyton**, `-Dengine=eigen`",
    "keras_tf": "Keras on TensorFlow",
    "keras_jax": "Keras on JAX",
    "torch_eager": "PyTorch",
    "torch_compile": "PyTorch, `torch.compile`",
    "onnxruntime": "ONNX Runtime, Python",
    "onnxruntime_c": "ONNX Runtime, C",
    "frugally_deep": "frugally-deep",
    "minidnn": "MiniDNN",
}
CPU_FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")
SKELETON = "# Performance\n\nMeasured by `bench/compare.py`; how it measures is in `bench/README.md`.\n"


def machine():
    """One line on the processor, its relevant instruction sets, the cores, the memory and the system."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", cpuinfo).group(1)
    present = re.search(r"flags\s*: (.*)", cpuinfo).group(1).split()
    flags = " ".join(flag for flag in CPU_FLAGS if flag in present)
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text()).group(1)) / 2**20
    return f"{model}, {os.cpu_count()} cores ({flags}), {memory:.0f} GiB, {platform.system()}"


def section_name(mode, batch_size, usual_batch_size, threads):
    name = mode
    if batch_size != usual_batch_size:
        name += f"-batch-{batch_size}"
    if threads != 1:
        name += f"-{threads}-threads"
    return name


def replace_section(path, name, body):
    """Puts `body` between the section's markers; a missing section is appended, a missing file begun."""
    text = path.read_text() if path.exists() else SKELETON
    begin, end = f"<!-- table:{name} -->", "<!-- end -->"
    block = f"{begin}\n{body.strip()}\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if pattern.search(text):
        text = pattern.sub(lambda _: block, text)
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    path.write_text(text)


class Section:
    """The results of one mode, batch size and number of threads: {model: entry}."""

    def __init__(self, docs, name):
        self._page = docs / "performance.md"
        self._data = docs / "performance" / f"{name}.json"
        self._name = name
        self._entries = json.loads(self._data.read_text()) if self._data.exists() else {}

    def update(self, model, entry):
        self._entries[model] = entry

    def write(self):
        self._data.parent.mkdir(parents=True, exist_ok=True)
        self._data.write_text(json.dumps(self._entries, indent=1) + "\n")
        replace_section(self._page, self._name, self._render())
        print(f"wrote {self._page}")
        readme = self._page.parent.parent / "README.md"
        if readme.exists() and f"<!-- table:{self._name} -->" in readme.read_text():
            replace_section(readme, self._name, overview(self._entries, self._name))

    def _render(self):
        mode, *rest = self._name.split("-", 1)
        title = {"train": "Training", "predict": "Prediction"}[mode]
        parts = [
            f"### {title}{', ' + rest[0].replace('-', ' ') if rest else ''}",
            overview(self._entries, mode),
        ]
        parts.append(memory(self._entries))
        parts += [details(model, entry, mode) for model, entry in self._entries.items()]
        return "\n\n".join(parts + [provenance(self._entries)])


def values(results, mode):
    """What is compared, once per round: samples per second to train, milliseconds per batch to predict."""
    return [result["samples_per_second" if mode == "train" else "median_ms"] for result in results]


def times_faster(results, name, mode):
    """The median over the rounds of how many times faster the reference was than `name` in the same round."""
    reference = results.get(REFERENCE)
    if not reference or name == REFERENCE:
        return None
    return statistics.median(
        b["median_ms"] / a["median_ms"] for a, b in zip(reference, results[name], strict=True)
    )


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(header, rows):
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def label(name):
    return LABELS.get(name, f"**Rhyton**, {name}")


def overview(entries, mode):
    unit = (
        "samples per second, more is better" if mode == "train" else "milliseconds per batch, less is better"
    )
    rows = [contender_row(entries, name, lambda results: values(results, mode)) for name in names_in(entries)]
    return f"Median, {unit}.\n\n" + table(["", *entries], rows)


def names_in(entries):
    """All contenders, those of LABELS first and in its order."""
    measured = [name for entry in entries.values() for name in entry["results"]]
    return list(dict.fromkeys([*(name for name in LABELS if name in measured), *measured]))


def contender_row(entries, name, measure):
    """The contender's medians of `measure(results)`, a column for each model."""
    cells = [entry["results"].get(name) for entry in entries.values()]
    return [label(name), *(number(statistics.median(measure(cell))) if cell else "–" for cell in cells)]


def memory(entries):
    """The processes' peaks, and what this library's consist of."""

    def measure(key):
        return lambda results: [result.get(key, 0.0) for result in results]

    rows = [contender_row(entries, name, measure("peak_rss_mib")) for name in names_in(entries)]
    parts = {
        "weights": "weights_mib",
        "values of a step (arena)": "arena_mib",
        "the least that their lifetimes need": "arena_needed_mib",
    }
    if any("arena_mib" in result for entry in entries.values() for result in entry["results"].get(REFERENCE, [])):
        for title, key in parts.items():
            rows.append([f"{label(REFERENCE)}: {title}", *contender_row(entries, REFERENCE, measure(key))[1:]])
    return "Peak memory of the whole process (`VmHWM`), MiB.\n\n" + table(["", *entries], rows)


def details(model, entry, mode):
    rows = []
    for name, results in entry["results"].items():
        measured = values(results, mode)
        ratio = times_faster(entry["results"], name, mode)
        rows.append([
            label(name),
            number(statistics.median(measured)),
            f"{number(min(measured))} .. {number(max(measured))}",
            f"{ratio:.2f} x" if ratio else "–",
            of_peak(entry, results, mode),
            number(statistics.median(result["peak_rss_mib"] for result in results)),
            number(statistics.median(result["load_ms"] for result in results)),
            results[-1].get("variant", ""),
        ])  # fmt: skip
    unit = "samples/s" if mode == "train" else "ms"
    header = ["", unit, "min .. max", "Rhyton is faster by", "of peak", "MiB", "load ms", "how"]
    missing = [f"{label(name)}: {reason}" for name, reason in entry["missing"].items()]
    note = "\n\nWithout " + "; ".join(missing) + "." if missing else ""
    flops = entry["facts"][f"flops_{mode}"]
    summary = f"{model}: batch {entry['batch_size']}, {number(flops / 1e6)} MFLOP a sample"
    return f"<details><summary>{summary}</summary>\n\n{table(header, rows)}{note}\n\n</details>"


def of_peak(entry, results, mode):
    if not entry["peak_gflops"]:
        return "–"
    speed = statistics.median(result["samples_per_second"] for result in results)
    return f"{100 * speed * entry['facts'][f'flops_{mode}'] / 1e9 / entry['peak_gflops']:.0f} %"


def provenance(entries):
    """Machine, versions, date and command of every run that the section shows."""
    runs = {}
    versions = {}
    for model, entry in entries.items():
        peak = f", peak {entry['peak_gflops']:g} GFLOP/s" if entry["peak_gflops"] else ""
        run = (f"{entry['date']}, commit {entry['commit']}", entry["machine"] + peak, entry["command"])
        runs.setdefault(run, []).append(model)
        for results in entry["results"].values():
            versions.update(dict.fromkeys(result.get("version", "") for result in results))
    lines = [
        f"- {', '.join(models)}: {date}, {where}\n  `{command}`"
        for (date, where, command), models in runs.items()
    ]
    return "\n".join([*lines, "- versions: " + "; ".join(version for version in versions if version)])
