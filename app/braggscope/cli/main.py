"""The command `braggscope`: the window, and the same things without one."""

from __future__ import annotations

import re
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Optional

import typer

from braggscope import __version__
from braggscope.cli.engines import ENGINE_FILES, EngineFiles, engines_app
from braggscope.cli.exit_codes import BAD_INPUT, guarded
from braggscope.openable import IMAGES, OPENABLE, is_evidence, is_image

app = typer.Typer(
    name="braggscope",
    help="See whether and where two X-ray diffraction simulators differ.",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_COMMANDS = (
    "window", "simulate", "compare", "verify", "trace", "explain", "engines", "plugins", "convert",
    "nanobragg", "bench", "self-test",
)  # fmt: skip

#: Those that ask an engine first thing: a worker comes up while they import and read.
_ASKING = ("window", "simulate", "compare", "verify", "trace", "explain", "nanobragg")

ExperimentFile = Annotated[
    Optional[Path],  # noqa: UP045 - typer needs it spelled out
    typer.Argument(
        help="Experiment: TOML, or another format that says all of it. Default: the example.",
        show_default=False,
    ),
]
FlagsText = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--flags", help="A nanoBragg command line instead of a file."),
]
SetBoth = Annotated[
    list[str], typer.Option("--set", help="Set a field: path=value or path*=factor.")
]
SetA = Annotated[list[str], typer.Option("--set-a", help="As --set, for A alone.")]
SetB = Annotated[list[str], typer.Option("--set-b", help="As --set, for B alone.")]
SemanticsBoth = Annotated[
    list[str],
    typer.Option("--semantics", help="Meaning of a surprise: option=value, or physical for all."),
]
SemanticsA = Annotated[list[str], typer.Option("--semantics-a", help="As --semantics, A alone.")]
SemanticsB = Annotated[list[str], typer.Option("--semantics-b", help="As --semantics, B alone.")]
NONE: list[str] = []


@app.callback(invoke_without_command=True)
def _no_command(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"braggscope {__version__}")
        raise typer.Exit()
    if context.invoked_subcommand is None:
        window(None)


@app.command()
@guarded
def window(experiment: ExperimentFile = None, engine_files: EngineFiles = ENGINE_FILES) -> None:
    """Open the window on an experiment, a session, or an image beside the example."""
    from braggscope.cli.display import check_display

    check_display()
    from braggscope.gui.main import run_window

    raise typer.Exit(run_window(experiment))


@app.command()
@guarded
def simulate(
    experiment: ExperimentFile = None,
    engine: Annotated[
        str, typer.Option("--engine", "-e", help="Engine, such as torch-cpu,precision=mixed.")
    ] = "torch-cpu",
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Image to write, by its suffix: .npy .npz .h5 .cbf .img .tif .bin.",
        ),
    ] = Path("image.npy"),
    flags: FlagsText = None,
    overrides: SetBoth = NONE,
    semantics: SemanticsBoth = NONE,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Make one detector image."""
    from braggscope.cli.inputs import Side
    from braggscope.cli.simulate import simulate_to_file

    simulate_to_file(experiment, flags, Side(engine, overrides, semantics), output)


@app.command()
@guarded
def compare(
    experiment: ExperimentFile = None,
    a: Annotated[str, typer.Option("--a", "-a", help="Reference engine.")] = "torch-cpu",
    b: Annotated[str, typer.Option("--b", "-b", help="Candidate engine.")] = "nanobragg-c",
    flags: FlagsText = None,
    overrides: SetBoth = NONE,
    overrides_a: SetA = NONE,
    overrides_b: SetB = NONE,
    semantics: SemanticsBoth = NONE,
    semantics_a: SemanticsA = NONE,
    semantics_b: SemanticsB = NONE,
    bounds: Annotated[
        list[str],
        typer.Option("--bound", help="Bounds of a metric: correlation=0.9999: or rmse=:0.1."),
    ] = NONE,
    regions: Annotated[
        list[str],
        typer.Option(
            "--region",
            help="Metrics for a part too: NAME=rect:slow,fast,height,width, NAME=ellipse:slow,fast,"
            "half height,half width, NAME=shell:dmin,dmax (Å) or NAME=masked. May be repeated.",
        ),
    ] = NONE,
    noise_floor: Annotated[
        bool,
        typer.Option(
            "--noise-floor",
            help="Also by how much each engine differs from itself: run again, other precision,"
            " other threads.",
        ),
    ] = False,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", help="Folder for metrics.json, pictures and a summary."),
    ] = None,
    bundle: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--bundle", help="Folder or .zip for the whole evidence, to be verified."),
    ] = None,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Run an experiment twice and say whether the images agree.

    Exit status: 0 they agree, 3 they do not, 2 bad input, 4 an engine or a metric that decides
    failed.
    """
    from braggscope.cli.compare import Wishes, compare_runs
    from braggscope.cli.inputs import Side

    raise typer.Exit(
        compare_runs(
            experiment,
            flags,
            Side(a, (*overrides, *overrides_a), (*semantics, *semantics_a)),
            Side(b, (*overrides, *overrides_b), (*semantics, *semantics_b)),
            Wishes(tuple(bounds), tuple(regions), noise_floor, output, bundle),
        )
    )


@app.command()
@guarded
def verify(
    bundle: Annotated[Path, typer.Argument(help="Evidence: a folder or a .zip.")],
    as_json: Annotated[bool, typer.Option("--json", help="All checks as JSON.")] = False,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Run a bundle's comparison again and say whether what it says still holds.

    Exit status: 0 it holds, 3 it does not, 2 bad input, 4 something cannot be repeated here.
    """
    from braggscope.cli.evidence import verify_bundle

    raise typer.Exit(verify_bundle(bundle, as_json=as_json))


@app.command()
@guarded
def trace(
    slow: Annotated[int | None, typer.Argument(help="Slow index of the pixel.")] = None,
    fast: Annotated[int | None, typer.Argument(help="Fast index of the pixel.")] = None,
    experiment: ExperimentFile = None,
    a: Annotated[str, typer.Option("--a", "-a", help="Reference engine, or a log.")] = "torch-cpu",
    b: Annotated[
        str, typer.Option("--b", "-b", help="Candidate engine, or a log; empty traces A alone.")
    ] = "nanobragg-c",
    flags: FlagsText = None,
    overrides: SetBoth = NONE,
    overrides_a: SetA = NONE,
    overrides_b: SetB = NONE,
    semantics: SemanticsBoth = NONE,
    semantics_a: SemanticsA = NONE,
    semantics_b: SemanticsB = NONE,
    every_row: Annotated[
        bool, typer.Option("--all", help="Every variable, not only those that tell the story.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As --format json.")] = False,
    form: Annotated[
        str,
        typer.Option("--format", help="table, json, complete (TRACE2 lines), trace_c (original)."),
    ] = "table",
    asymmetry: Annotated[
        bool,
        typer.Option(
            "--asymmetry",
            help="First, last, mean and range over the sub-pixels, beside those of the centre;"
            " without a pixel of an edge and a corner.",
        ),
    ] = False,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Walk a pixel through its physics on two engines, to the first variable that differs.

    Instead of an engine, -a and -b take the log of a program that was run elsewhere.

    Exit status: 0 nothing differs, 3 something does, 2 bad input, 4 an engine failed.
    """
    from braggscope.cli.inputs import Side
    from braggscope.cli.trace import trace_pixel, trace_place

    side_a = Side(a, (*overrides, *overrides_a), (*semantics, *semantics_a))
    side_b = Side(b, (*overrides, *overrides_b), (*semantics, *semantics_b)) if b else None
    form = "json" if as_json else form
    place = trace_place(slow, fast, needed=not asymmetry)
    if asymmetry:
        from braggscope.cli.asymmetry import show_asymmetry

        raise typer.Exit(
            show_asymmetry(
                experiment,
                flags,
                place,
                [side for side in (side_a, side_b) if side is not None],
                form=form,
                every_row=every_row,
            )
        )
    assert place is not None
    raise typer.Exit(
        trace_pixel(experiment, flags, place, side_a, side_b, form=form, every_row=every_row)
    )


@app.command()
@guarded
def explain(
    experiment: ExperimentFile = None,
    a: Annotated[
        str, typer.Option("--a", "-a", help="Engine that is trusted, and whose run is changed.")
    ] = "torch-cpu",
    b: Annotated[str, typer.Option("--b", "-b", help="Engine to be explained.")] = "nanobragg-c",
    flags: FlagsText = None,
    overrides: SetBoth = NONE,
    overrides_a: SetA = NONE,
    overrides_b: SetB = NONE,
    semantics: SemanticsBoth = NONE,
    semantics_a: SemanticsA = NONE,
    semantics_b: SemanticsB = NONE,
    samples: Annotated[
        int, typer.Option("--samples", min=0, max=100_000, help="Pixels to trace; 0: none.")
    ] = 40,
    refines: Annotated[
        bool, typer.Option("--refine", help="As many again, between neighbours that disagree.")
    ] = False,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", help="Save the map of first divergences: .png .svg .csv or .json."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole result as JSON.")] = False,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Say where two runs begin to differ, and which one change of A gives the image of B.

    Exit status: 0 they differ by rounding alone, 3 by more, 2 bad input, 4 an engine failed.
    """
    from braggscope.cli.explain import explain_runs
    from braggscope.cli.inputs import Side

    raise typer.Exit(
        explain_runs(
            experiment,
            flags,
            Side(a, (*overrides, *overrides_a), (*semantics, *semantics_a)),
            Side(b, (*overrides, *overrides_b), (*semantics, *semantics_b)),
            samples=samples,
            as_json=as_json,
            refines=refines,
            map_file=map_file,
        )
    )


@app.command()
@guarded
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="File to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File to write, by its suffix.")],
    base: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--base", help="File that says the rest, such as an MTZ for an .expt."),
    ] = None,
    image: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--image", help="Image of a scan. Default: the first."),
    ] = None,
    panel: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--panel", help="Detector panel, from 0. Default: the first."),
    ] = None,
    column: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--column", help="Column of amplitudes or intensities."),
    ] = None,
    resolution: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option("--resolution", min=0.1, help="For a model's structure factors, Å."),
    ] = None,
) -> None:
    """Turn an experiment, or an image, into another format and say what is lost on the way."""
    from braggscope.cli.convert import convert_file
    from braggscope.experiment.dialects import Choice

    choice = Choice(image, panel, column, resolution)
    if is_image(source) and not target.name.lower().endswith(OPENABLE):
        from braggscope.cli.convert_image import convert_image, converts_image

        if converts_image(source, target) and convert_image(source, target, base, choice):
            return
    convert_file(source, target, base, choice)


app.add_typer(engines_app, name="engines")


@app.command()
@guarded
def plugins(
    check: Annotated[
        bool, typer.Option("--check", help="Also import every part that a plugin names.")
    ] = False,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """List the plugins: from where, which version, and what is wrong with them."""
    from braggscope.cli.listing import list_plugins

    raise typer.Exit(list_plugins(check))


@app.command(
    name="nanobragg",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
def nanobragg(context: typer.Context) -> None:
    """A drop-in for the nanoBragg program: braggscope nanobragg [--engine ID] FLAGS…"""
    from braggscope.cli.nanobragg import run_nanobragg

    raise typer.Exit(run_nanobragg(context.args))


@app.command()
@guarded
def bench(
    workloads: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            help="W1, W2, W4, W5, W6n, W6t, W7, W8, and with one step W6n1, W6t1. Default: all but"
            " those of one step.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        list[str],
        typer.Option(
            "--engine",
            "-e",
            help="Engine, such as torch-cpu,precision=mixed, or NB_C_BIN for the program that this"
            " environment variable names; may be repeated. The first one is the reference."
            " nanobragg-c is Braggscope's own C program. Default: nanobragg-c, NB_C_BIN where it is"
            " set, and torch-cpu in both precisions.",
        ),
    ] = NONE,
    repeats: Annotated[int, typer.Option("--repeats", help="Warm runs of each.")] = 7,
    full_frame: Annotated[
        bool,
        typer.Option("--full-frame", help="One 4096² frame on each engine, with the verdict."),
    ] = False,
    scaling: Annotated[
        bool, typer.Option("--scaling", help="Times over pixels, steps and threads.")
    ] = False,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", help="JSON file for everything that was measured."),
    ] = None,
    plot: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--plot",
            help="Picture of the times, .svg or .png; the roofline goes beside it as …-roofline,"
            " the scaling as …-scaling.",
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables for docs/performance.md.")
    ] = False,
    source: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--from", help="Show a JSON file of --output instead of measuring."),
    ] = None,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Measure how fast the engines are here, in turns, and how far they are from the first one.

    Exit status: 0, 3 a full frame does not agree, 2 bad input, 4 an engine failed.
    """
    from braggscope.cli.bench import Wishes, run_bench

    wishes = Wishes(
        workloads or [], engine, repeats, full_frame, scaling, output, plot, markdown, source
    )
    raise typer.Exit(run_bench(wishes))


@app.command(name="self-test")
@guarded
def self_test(
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check this installation: imports, Qt, plugins, every engine, and their parity."""
    from braggscope.cli.self_test import run_self_test

    raise typer.Exit(run_self_test(as_json))


def _refuse_negative_index(arguments: list[str]) -> None:
    """An option parser would call a pixel's index below 0 an unknown option."""
    before = ["", *arguments]
    for option, word in zip(before, arguments, strict=False):
        if re.fullmatch(r"-\d+", word) and not option.startswith("-"):
            typer.echo(
                f"braggscope: the index {word} is not on the detector. Slow and fast begin at 0.",
                err=True,
            )
            raise SystemExit(BAD_INPUT)


def opens_in_window(name: str) -> bool:
    """Whether a first word is no command but a file for the window."""
    path = Path(name)
    return name.lower().endswith(OPENABLE) or is_image(path) or is_evidence(path)


def _worker_ahead(given: list[str]) -> AbstractContextManager[None]:
    if given[0] not in _ASKING or "--help" in given:
        return nullcontext()
    from braggscope.host.head_start import early_worker

    return early_worker()


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the command; gives the exit status by SystemExit."""
    try:
        return _main(arguments)
    except KeyboardInterrupt:
        # Commands answer themselves; this is Ctrl+C while they are imported.
        from braggscope.cli.exit_codes import CANCELLED, report
        from braggscope.errors import Cancelled

        report(Cancelled())
        raise SystemExit(CANCELLED) from None


def _main(arguments: list[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] == "--worker":
        from braggscope.worker import main as worker_main

        return worker_main(given[1:])
    if given and given[0] == "--qt-probe":
        from braggscope.cli.qt_probe import main as probe_main

        return probe_main()
    if given and given[0] == "nanobragg":
        # nanoBragg's flags have one dash and long names, which no option parser would leave alone.
        with _worker_ahead(given):
            from braggscope.cli.nanobragg import run_nanobragg

            raise SystemExit(run_nanobragg(given[1:]))
    if given and given[0] == "trace":
        _refuse_negative_index(given[1:])
    if given and opens_in_window(given[0]):
        given = ["window", *given]
    elif given and not given[0].startswith("-") and given[0] not in _COMMANDS:
        typer.echo(
            f"braggscope: there is no command {given[0]!r}. Commands: {', '.join(_COMMANDS)};"
            f" a file that ends in {', '.join((*OPENABLE, *IMAGES))} opens in the window.",
            err=True,
        )
        raise SystemExit(BAD_INPUT)
    with _worker_ahead(given or ["window"]):
        app(given)
    return 0
