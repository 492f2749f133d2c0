"""The commands and their options. What they do is imported when they are called."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bridge import __version__
from bridge.cli.bundles_app import bundles_app
from bridge.cli.console import console, errors_told
from bridge.cli.devices_app import devices_app

app = typer.Typer(
    name="magenta-bridge",
    help="A jam partner for Ableton Live: a Magenta model answers what you play.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(bundles_app, name="bundles")
app.add_typer(devices_app, name="devices")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="YAML file; configs/ has some to start from.")
]
PortOption = Annotated[int | None, typer.Option(help="UDP port to listen on. [17600]")]
HostOption = Annotated[str | None, typer.Option(help="Address to listen on. [127.0.0.1]")]
BundleOption = Annotated[str | None, typer.Option(help="Name or path of the model's bundle.")]
OnOption = Annotated[
    str, typer.Option("--on", help="Use a ray cluster that runs already: ray, or ray:ADDRESS.")
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Tell more.")]


class SynthOption(StrEnum):
    """Who makes the sound."""

    AUTO = "auto"
    BUILTIN = "builtin"
    FLUIDSYNTH = "fluidsynth"


class EngineOption(StrEnum):
    """Who plays the models."""

    NATIVE = "native"
    MAGENTA = "magenta"


def main() -> None:
    """Entry point of ``magenta-bridge``."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        console().print(f"magenta-bridge {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    config: ConfigOption = None,
    port: PortOption = None,
    host: HostOption = None,
    bundle: BundleOption = None,
    engine: Annotated[
        EngineOption | None, typer.Option(help="Who plays the models. [native]")
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", help="Record the jam in this file.")
    ] = None,
    web: Annotated[bool, typer.Option("--web", help="Serve the page too.")] = False,
    web_port: Annotated[
        int | None, typer.Option(help="TCP port of the page; serves it. [17680]")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Start the engine that Live's devices link to. Ctrl-C ends it."""
    from bridge.cli.run import run_command

    with errors_told(verbose):
        wanted = engine.value if engine else None
        page = True if web or web_port is not None else None
        flags = {"web.enabled": page, "web.port": web_port}
        run_command(console(), config, port, host, bundle, verbose, wanted, record, flags)


@app.command("record")
def record_jam(
    file: Annotated[
        Path | None, typer.Argument(help="The recording. [jam-<date>-<time>.jsonl.gz]")
    ] = None,
    config: ConfigOption = None,
    port: PortOption = None,
    host: HostOption = None,
    bundle: BundleOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Start the engine and record the jam, as `run --record` does. Ctrl-C ends both."""
    from bridge.cli.run import recording_name, run_command

    with errors_told(verbose):
        path = file or recording_name()
        run_command(console(), config, port, host, bundle, verbose, record=path)


@app.command()
def capture(
    file: Annotated[
        Path | None, typer.Argument(help="The MIDI file. [in your folder of music]")
    ] = None,
    bars: Annotated[
        int, typer.Option(min=0, max=64, help="Only the last so many bars; 0 = all of them.")
    ] = 0,
    config: ConfigOption = None,
    port: PortOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Keep what was just played: the running engine writes it as a MIDI file."""
    from bridge.cli.capture import capture_command

    with errors_told(verbose):
        capture_command(console(), file, bars, config, port)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="The recording.")],
    midi: Annotated[Path | None, typer.Option(help="Write what was played as a MIDI file.")] = None,
    first: Annotated[int, typer.Option("--from", min=1, help="First bar of it.")] = 1,
    last: Annotated[
        int | None, typer.Option("--to", min=1, help="Last bar of it; all if not given.")
    ] = None,
    models: Annotated[
        bool, typer.Option("--models", help="Also ask the models again, and compare their answers.")
    ] = False,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Play a recorded jam once more, and say whether every decision is the same."""
    from bridge.cli.replay import replay_command
    from bridge.cli.run import library_of

    with errors_told(verbose):
        library = library_of(config) if models else None
        same = replay_command(console(), file, midi, first, last, library)
    raise typer.Exit(0 if same else 1)


@app.command()
def sync(
    config: ConfigOption = None,
    port: PortOption = None,
    host: HostOption = None,
    seconds: Annotated[int | None, typer.Option(min=1, help="End after so long.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a second.")] = False,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Measure the MIDI ports' latency instead.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Start the engine and watch how well it follows the beat."""
    from bridge.cli.calibrate import calibrate_command
    from bridge.cli.sync import sync_command

    with errors_told(verbose):
        if calibrate:
            calibrate_command(console(), config)
            return
        sync_command(console(), config, port, host, seconds, as_json, verbose)


WhoArgument = Annotated[str, typer.Argument(help="A player's number or name, all, or engine.")]


@app.command(context_settings={"ignore_unknown_options": True})  # -0.5 is no option
def tell(
    who: WhoArgument,
    what: Annotated[str, typer.Argument(help="A button (go, panic) or a parameter.")],
    value: Annotated[str | None, typer.Argument(help="The parameter's value.")] = None,
    config: ConfigOption = None,
    port: PortOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Press a button or set a parameter of a player of the running engine."""
    from bridge.cli.tell import tell_command

    with errors_told(verbose):
        tell_command(console(), who, what, value, config, port)


@app.command()
def players(
    who: Annotated[str | None, typer.Argument(help="Show all parameters of this one.")] = None,
    config: ConfigOption = None,
    port: PortOption = None,
    verbose: VerboseOption = False,
) -> None:
    """List the players of the running engine."""
    from bridge.cli.tell import players_command

    with errors_told(verbose):
        players_command(console(), who, config, port)


@app.command()
def learn(
    who: WhoArgument,
    role: Annotated[str, typer.Argument(help="A button, a parameter, clock, tempo, ...")],
    seconds: Annotated[int, typer.Option(min=1, max=600, help="How long to wait.")] = 30,
    config: ConfigOption = None,
    port: PortOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Bind the next MIDI controller that moves, while the engine runs."""
    from bridge.cli.tell import learn_command

    with errors_told(verbose):
        learn_command(console(), who, role, seconds, config, port)


@app.command()
def demo(
    bars: Annotated[int, typer.Option(min=1, max=256, help="Length of the jam.")] = 16,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same seed, same jam.")] = 2017,
    temperature: Annotated[
        float, typer.Option(min=0.1, max=2.0, help="Below 1 safer, above wilder.")
    ] = 1.0,
    bundle: BundleOption = None,
    engine: Annotated[
        EngineOption | None, typer.Option(help="Who plays the model. [native]")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for demo.mid and demo.wav.")] = Path(),
    realtime: Annotated[bool, typer.Option("--realtime", help="Play in real time.")] = False,
    no_audio: Annotated[bool, typer.Option("--no-audio", help="Write no demo.wav.")] = False,
    clicks: Annotated[bool, typer.Option("--clicks", help="A metronome in demo.wav.")] = False,
    synth: Annotated[SynthOption, typer.Option(help="Who makes the sound.")] = SynthOption.AUTO,
    web: Annotated[
        bool, typer.Option("--web", help="Play it yourself, in the browser; no files.")
    ] = False,
    web_port: Annotated[int | None, typer.Option(help="TCP port of the page. [17680]")] = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="With --web: open no browser.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Hear and see a jam without Live: a recorded drummer trades bars with the model."""
    if web:
        from bridge.cli.demo_page import demo_page_command

        with errors_told(verbose):
            demo_page_command(
                console(),
                bundle=bundle,
                temperature=temperature,
                model_engine=engine.value if engine else None,
                web_port=web_port,
                open_browser=not no_open,
            )
        return
    from bridge.models.threads import children_with_one_blas_thread

    # In virtual time the model runs in this process, and NumPy is not loaded yet.
    with errors_told(verbose), children_with_one_blas_thread():
        from bridge.cli.demo import demo_command
        from bridge.demo.jam import JamOptions

        player = (engine or EngineOption.NATIVE).value
        options = JamOptions(
            bars=bars, seed=seed, temperature=temperature, realtime=realtime, model_engine=player
        )
        demo_command(console(), options, bundle, out, not no_audio, synth.value, clicks)


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def generate(context: typer.Context) -> None:
    """Let a model continue a MIDI file, or start from nothing: MIDI files without a jam."""
    from bridge.generate.arguments import main

    raise typer.Exit(main(context.args))


@app.command()
def doctor(
    config: ConfigOption = None,
    port: PortOption = None,
    host: HostOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Check this machine and say what to do. The output can be pasted into an issue."""
    from bridge.cli.doctor import doctor_command

    with errors_told(verbose):
        broken = doctor_command(console(), config, port, host)
    raise typer.Exit(1 if broken else 0)


@app.command()
def train(
    folder: Annotated[Path, typer.Argument(help="Your music: a folder, or one file.")],
    model: Annotated[str, typer.Option(help="Kind of model: drum_kit, lookback_rnn, …")],
    out: Annotated[Path, typer.Option(help="The bundle to write: name.mag")],
    source: Annotated[
        str, typer.Option("--from", help="scratch, or a bundle to go on from: name or file.")
    ] = "scratch",
    part: Annotated[str, typer.Option(help="Learn drums, melody, bass or voices.")] = "",
    old: Annotated[
        Path | None, typer.Option(help="Music it knew before: tells what is forgotten.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=0, max=10_000, help="Most epochs. [20 or 40]")] = 0,
    patience: Annotated[
        int, typer.Option(min=1, max=1000, help="Epochs without gain before it stops.")
    ] = 8,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same seed, same model.")] = 1,
    layers: Annotated[str, typer.Option(help="Sizes of a network from scratch: 256,256")] = "",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that read music.")] = 1,
    on: OnOption = "",
    replicas: Annotated[
        int, typer.Option(min=1, max=64, help="Devices that divide each update: GPUs, or CPU.")
    ] = 1,
    verbose: VerboseOption = False,
) -> None:
    """Train a model on your music, or go on with a training that was stopped.

    Needs the [magenta] extra. Kill it whenever you like: the same command goes on.
    """
    with errors_told(verbose):
        from bridge.cli.train import Wishes, train_command

        wishes = Wishes(
            *(folder, model, source, out, part, old, epochs, patience, seed, layers),
            *(workers, on, replicas),
        )
        train_command(console(), wishes)


@app.command()
def sweep(
    folder: Annotated[Path, typer.Argument(help="Your music: a folder, or one file.")],
    model: Annotated[str, typer.Option(help="Kind of model: drum_kit, lookback_rnn, …")],
    out: Annotated[Path, typer.Option(help="A folder for all bundles; best.mag is the best.")],
    source: Annotated[
        str, typer.Option("--from", help="scratch, or a bundle to go on from: name or file.")
    ] = "scratch",
    part: Annotated[str, typer.Option(help="Learn drums, melody, bass or voices.")] = "",
    layers: Annotated[
        list[str] | None, typer.Option(help="Sizes to try: 256,256; more than once.")
    ] = None,
    rate: Annotated[
        list[float] | None, typer.Option(help="Learning rate to try; more than once.")
    ] = None,
    dropout: Annotated[
        list[float] | None, typer.Option(help="Share of outputs to leave out; more than once.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Seeds of each setting.")] = 1,
    epochs: Annotated[int, typer.Option(min=0, max=10_000, help="Most epochs. [20 or 40]")] = 0,
    patience: Annotated[
        int, typer.Option(min=1, max=1000, help="Epochs without gain before a run stops.")
    ] = 8,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Runs at the same time.")] = 1,
    on: OnOption = "",
    verbose: VerboseOption = False,
) -> None:
    """Try several settings on your music, and keep the best bundle.

    Kill it whenever you like: the same command goes on.
    """
    with errors_told(verbose):
        from bridge.cli.sweep import SweepWishes, sweep_command

        tried = (tuple(layers or ()), tuple(rate or ()), tuple(dropout or ()))
        wishes = SweepWishes(
            folder, model, source, out, part, *tried, seeds, epochs, patience, workers, on
        )
        sweep_command(console(), wishes)


@app.command()
def records(
    folder: Annotated[Path, typer.Argument(help="Your music: a folder, or one file.")],
    out: Annotated[Path, typer.Option(help="The file to write: name.tfrecord")],
    verbose: VerboseOption = False,
) -> None:
    """Write your music as Magenta's NoteSequence records, for its own tools.

    Needs the [magenta] extra.
    """
    with errors_told(verbose):
        from bridge.cli.records import records_command

        records_command(console(), folder, out)


@app.command()
def evaluate(
    bundle: Annotated[str, typer.Argument(help="Name of a bundle, or path of a file.")],
    data: Annotated[Path, typer.Argument(help="Music to measure it with: a folder, or one file.")],
    against: Annotated[
        list[str] | None, typer.Option(help="Another bundle of the same kind; more than once.")
    ] = None,
    part: Annotated[str, typer.Option(help="Read drums, melody, bass or voices.")] = "",
    page: Annotated[Path | None, typer.Option(help="Write a page with plots: report.html")] = None,
    calls: Annotated[int, typer.Option(min=1, max=10_000, help="Calls to answer.")] = 100,
    temperature: Annotated[
        float, typer.Option(min=0.1, max=2.0, help="Of the answers to them.")
    ] = 1.0,
    verbose: VerboseOption = False,
) -> None:
    """Measure how well a bundle predicts music, and set its phrases beside people's."""
    with errors_told(verbose):
        from bridge.cli.evaluate import evaluate_command

        evaluate_command(
            console(), bundle, data, tuple(against or ()), part, page, calls, temperature
        )
