"""Players, and Magenta's generators that they share."""

from __future__ import annotations

from collections.abc import Callable

from bridge.core.requests import BundleReady
from bridge.models.desk import ModelDesk
from bridge.models.library import BundleLibrary
from bridge.reference.generator import MagentaGenerator
from bridge.reference.performer import MagentaPerformer


class MagentaDesk(ModelDesk):
    """Does what the jam asks of its models in the real Magenta.

    Args:
        library: Where bundles are found.
        tell: Takes a sentence for the console.
    """

    def __init__(self, library: BundleLibrary, tell: Callable[[str], None]) -> None:
        super().__init__(library)
        self._tell = tell
        self._generators: dict[str, MagentaGenerator] = {}

    def _select(self, player: int, bundle: str) -> BundleReady:
        generator = self._generators.get(bundle)
        if generator is None:
            generator = MagentaGenerator(self._library.find(bundle))
            self._generators[bundle] = generator
        if self._bundles.get(player) != bundle:
            self._bundles[player] = bundle
            self._performers[player] = MagentaPerformer(player, generator, self._tell)
            self._drop_unused()
        return BundleReady(player, bundle, generator.steps_per_quarter, generator.drums)

    def _drop_unused(self) -> None:
        # An answer that another bundle began goes on from what it has handed over already.
        used = set(self._bundles.values())
        for name in [name for name in self._generators if name not in used]:
            self._generators.pop(name).close()
