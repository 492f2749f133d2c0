"""Players, and Magenta's generators that they share."""

from __future__ import annotations

from collections.abc import Callable

from bridge.core.requests import BundleReady
from bridge.models.desk import ModelDesk
from bridge.models.library import BundleLibrary
from bridge.reference.families import opened
from bridge.reference.grid import GridGenerator
from bridge.reference.performer import GridPerformer, MagentaPerformer, TimedPerformer
from bridge.reference.timed import TimedGenerator


class MagentaDesk(ModelDesk):
    """Does what the jam asks of its models in the real Magenta.

    Args:
        library: Where bundles are found.
        tell: Takes a sentence for the console.
    """

    def __init__(self, library: BundleLibrary, tell: Callable[[str], None]) -> None:
        super().__init__(library)
        self._tell = tell
        self._generators: dict[str, GridGenerator | TimedGenerator] = {}

    def _select(self, player: int, bundle: str) -> BundleReady:
        generator = self._generators.get(bundle)
        if generator is None:
            path = self._library.find(bundle)
            self._tell(f"Magenta opens {path.name}.")
            generator = self._generators[bundle] = opened(path)
        if self._bundles.get(player) != bundle:
            self._bundles[player] = bundle
            self._performers[player] = performer_for(player, generator, self._tell)
            self._drop_unused()
        return BundleReady(player, bundle, generator.steps_per_quarter, generator.drums)

    def _drop_unused(self) -> None:
        # An answer that another bundle began goes on from what it has handed over already.
        used = set(self._bundles.values())
        for name in [name for name in self._generators if name not in used]:
            self._generators.pop(name).close()


def performer_for(
    player: int, generator: GridGenerator | TimedGenerator, tell: Callable[[str], None]
) -> MagentaPerformer:
    """Whoever plays a generator of this kind."""
    if isinstance(generator, TimedGenerator):
        return TimedPerformer(player, generator, tell)
    return GridPerformer(player, generator, tell)
