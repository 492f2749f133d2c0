"""A training on the terminal while it runs: its curve, and below it a bar with the time left."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bridge.cli.curve_plot import curve_plot, curve_signs
from bridge.training.train import Epoch


class TrainScreen(Progress):
    """Drawn anew in place; each epoch's line stays above. Used as a context, and gone after it.

    Args:
        console: The terminal; if it is none, only the epochs' lines are printed.
        most_epochs: How many there may be. The time left is that until the last of them; a
            training that stops improving ends sooner.
    """

    def __init__(self, console: Console, most_epochs: int) -> None:
        self._most_epochs = most_epochs
        self._epochs: list[Epoch] = []
        self._signs = curve_signs(console.encoding)
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("at most"),
            TimeRemainingColumn(elapsed_when_finished=False),
            TextColumn("left"),
            console=console,
            transient=True,
        )
        self._bar = self.add_task(self._words(1), total=None)

    def epoch(self, epoch: Epoch) -> None:
        """One more epoch."""
        self._epochs.append(epoch)
        self.console.print(epoch.line(), highlight=False)
        self.update(self._bar, description=self._words(epoch.number + 1))

    def step(self, done: int, every: int) -> None:
        """One more update: how many of the epoch's are done, and how many there are."""
        before = self._epochs[-1].number if self._epochs else 0
        self.update(self._bar, completed=before * every + done, total=self._most_epochs * every)

    def get_renderables(self) -> Iterable[RenderableType]:
        """The curve, then the bar."""
        if self._epochs:
            yield curve_plot(self._epochs, self._signs)
        yield self.make_tasks_table(self.tasks)

    def _words(self, number: int) -> str:
        return f"epoch {min(number, self._most_epochs)} of {self._most_epochs}"
