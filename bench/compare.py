"""Measures this library against its peers, and writes docs/performance.md.

    python bench/compare.py --cores 0 --rounds 5 --seconds 2 --peak-gflops 112
    python bench/compare.py --models mlp,lenet --peers torch_eager --mode train --quick
    python bench/compare.py --curves --cores 0,1

Every round runs all contenders one after the other (A B C A B C ...), each in its own process on the same
cores, so that the machine's drift reaches all of them alike; ratios are taken within a round.
"""

import argparse
import datetime
import json
from pathlib import Path

import curves
import report
import runner

MODELS = ("mlp", "lenet", "lstm", "conv", "transformer", "efficientnetb0", "mobilenetv2", "resnet50")
TRAINED = ("mlp", "lenet", "lstm", "conv")
BATCH_SIZES = {"train": 32, "predict": 1}


def measure(job, contenders, cores, rounds):
    """Returns {contender: [result of each round]} and {contender: why it has none}."""
    results = {contender.name: [] for contender in contenders}
    missing = {}
    for number in range(1, rounds + 1):
        for contender in contenders:
            if contender.name in missing:
                continue
            try:
                result = contender.run(job, cores)
            except runner.Unavailable as error:
                missing[contender.name] = str(error)
                results.pop(contender.name)
                print(f"  {contender.name}: {error}", flush=True)
                continue
            results[contender.name].append(result)
            print(f"  round {number} {contender.name}: {result['median_ms']:.4g} ms", flush=True)
    return results, missing


def compare(args, mode):
    batch_size = args.batch_size or BATCH_SIZES[mode]
    models = args.models or (TRAINED if mode == "train" else MODELS)
    section = report.Section(
        args.docs, report.section_name(mode, batch_size, BATCH_SIZES[mode], args.threads)
    )
    contenders = runner.make_contenders(args.contenders, args.rhyton, args.python)
    for model in models:
        print(f"{mode} {model}, batch {batch_size}, {args.threads} thread(s)", flush=True)
        job = runner.Job(args.model_dir / f"{model}.keras", mode, batch_size, args.threads, args.seconds)
        chosen = [contender for contender in contenders if contender.takes(model, mode)]
        results, missing = measure(job, chosen, args.cores, args.rounds)
        section.update(
            model,
            {
                "facts": json.loads((args.model_dir / f"{model}.json").read_text()),
                "batch_size": batch_size,
                "results": results,
                "missing": missing,
                "peak_gflops": args.peak_gflops,
                "machine": report.machine(),
                "date": datetime.date.today().isoformat(),
                "commit": runner.commit(),
                "command": recorded_command(args, mode),
            },
        )
        section.write()


def names(text):
    return text.split(",")


def recorded_command(args, mode):
    """The command for the page: what shapes the figures, without this machine's paths."""
    options = {
        "--mode": mode,
        "--models": ",".join(args.models or []),
        "--builds": ",".join(name.partition("=")[0] for name in args.builds),
        "--peers": ",".join(args.peers),
        "--batch-size": args.batch_size,
        "--cores": ",".join(map(str, args.cores)),
        "--threads": args.threads,
        "--rounds": args.rounds,
        "--seconds": args.seconds,
    }
    words = [f"{option} {value}" for option, value in options.items() if value]
    return " ".join(["python bench/compare.py", *words])


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measure this library against its peers.")
    parser.add_argument("--models", type=names, help="default: the four small ones to train, all to predict")
    parser.add_argument("--peers", type=names, default=list(runner.PEERS))
    parser.add_argument(
        "--builds",
        type=names,
        default=list(runner.BUILDS),
        help="of this library: " + ", ".join(runner.BUILDS) + ", NAME=PROGRAM or NAME-fast=PROGRAM",
    )
    parser.add_argument("--mode", type=names, default=["train", "predict"])
    parser.add_argument("--batch-size", type=int, help="default: 32 to train, 1 to predict")
    parser.add_argument("--cores", type=lambda text: [int(core) for core in text.split(",")], default=[0])
    parser.add_argument("--threads", type=int, help="default: the number of cores")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="measured in each run")
    parser.add_argument("--quick", action="store_true", help="one round of 0.3 s, to see that all run")
    parser.add_argument("--peak-gflops", type=float, help="measured peak of a product on these cores")
    parser.add_argument("--curves", action="store_true", help="draw how cost grows, instead of the tables")
    parser.add_argument("--rhyton", default=runner.REPOSITORY / "build" / "rhyton")
    parser.add_argument("--python", default=runner.default_python(), help="with the peers installed")
    parser.add_argument("--model-dir", type=Path, default=runner.BENCH / "models")
    parser.add_argument("--docs", type=Path, default=runner.REPOSITORY / "docs")
    args = parser.parse_args()
    args.model_dir = args.model_dir.resolve()
    args.threads = args.threads or len(args.cores)
    args.contenders = args.builds + args.peers
    if args.quick:
        args.rounds, args.seconds = 1, 0.3
    return args


def main():
    args = parse_arguments()
    if args.curves:
        curves.draw_all(args)
        return
    for mode in args.mode:
        compare(args, mode)


if __name__ == "__main__":
    main()
