"""Links kernels that are compiled for several instruction sets into one object that chooses at run time.

    link_levels.py --output kernels.o --callers loops.a setup.a --levels kernels_v2.a kernels_v3.a kernels_v4.a

A function that the kernels define for others becomes an entry, which jumps to the version of the level that
`rhyton_kernel_level` says (nn/kernels/cpu.cpp). Everything else, inline functions and templates of shared headers
too, is made local to its level: a copy with wide instructions can never take the place of a plain one. So sources
of kernels need not know that they are compiled more than once.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

ENTRY = """
    .section .text.{name},"ax",@progbits
    .globl {name}
    .type {name}, @function
    .p2align 4
{name}:
    movslq rhyton_kernel_level(%rip), %r11
    leaq .L{number}(%rip), %r10
    jmp *(%r10,%r11,8)
    .size {name}, .-{name}
    .section .data.rel.ro.{name},"aw",@progbits
    .p2align 3
.L{number}:
    .quad {versions}
"""


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, text=True, **options)


def symbols(file, *options):
    """Yields (type, name), type as in `nm`."""
    for line in run("nm", "--format=posix", *options, file, stdout=subprocess.PIPE).stdout.splitlines():
        words = line.split()
        if len(words) >= 2 and len(words[1]) == 1:
            yield words[1], words[0]


def undefined(archives):
    return {name for archive in archives for _, name in symbols(archive, "--undefined-only")}


def link(archive, output):
    """All of an archive as one object, in which functions that several files hold are there once."""
    run("ld", "-r", "--whole-archive", "--force-group-allocation", archive, "-o", output)
    return list(symbols(output, "--defined-only"))


def make_local(file, entries, level, folder):
    """Gives the entries the level's suffix, and hides everything else."""
    renamed, kept, unique = folder / "renamed", folder / "kept", folder / "unique"
    renamed.write_text("".join(f"{name} {name}.{level}\n" for name in entries))
    kept.write_text("".join(f"{name}.{level}\n" for name in entries))
    # Symbols that are unique in a process (statics of inline functions) become weak, or they would stay visible.
    unique.write_text("".join(f"{name}\n" for kind, name in symbols(file, "--defined-only") if kind == "u"))
    run("objcopy", f"--weaken-symbols={unique}", f"--redefine-syms={renamed}", file)
    run("objcopy", f"--keep-global-symbols={kept}", file)


def sections(file):
    return run("objdump", "-h", file, stdout=subprocess.PIPE).stdout.split()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--levels", nargs="+", type=Path, required=True, help="archives, the lowest level first")
    parser.add_argument("--callers", nargs="*", type=Path, default=[], help="archives of what calls kernels")
    args = parser.parse_args()
    wanted = undefined(args.callers)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        objects, entries = [], None
        for archive in args.levels:
            output = folder / f"{archive.stem}.o"
            found = link(archive, output)
            # An explicit instantiation is as weak as an inline function: an entry if somebody calls it.
            functions = {n for kind, n in found if kind == "T" or (kind == "W" and n in wanted)}
            if entries not in (None, functions):
                raise SystemExit(f"the levels differ in what they define: {sorted(entries ^ functions)}")
            # It would run before main(), on any CPU.
            if any(section.startswith((".init_array", ".ctors")) for section in sections(output)):
                raise SystemExit(f"{archive.name}: kernels must have no global objects with constructors")
            entries = functions
            objects.append(output)
        source = ""
        for number, entry in enumerate(sorted(entries)):
            versions = ", ".join(f"{entry}.{archive.stem}" for archive in args.levels)
            source += ENTRY.format(name=entry, number=number, versions=versions)
        for file in objects:
            make_local(file, entries, file.stem, folder)
        source += '    .section .note.GNU-stack,"",@progbits\n'
        entry_object = folder / "entries.o"
        run("as", "-o", entry_object, "-", input=source)
        run("ld", "-r", entry_object, *objects, "-o", args.output)


if __name__ == "__main__":
    main()
