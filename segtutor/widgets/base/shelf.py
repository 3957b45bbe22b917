"""The shelf: an explorer of shipped networks lets its learner choose others of the same kind, on the page.

A choice is told as `networks`; the kernel loads what is new, lets go of what is not shown any more, and sends what the
explorer is made from. shared/shelf.js is the page's half: a select for each network, above the explorer.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import traitlets

from segtutor.errors import UserError
from segtutor.widgets.base.canvas import CanvasWidget
from segtutor.widgets.base.threads import one_thread


class ShelfWidget(CanvasWidget):
    """An explorer whose networks can be exchanged for others of the shelf.

    A subclass calls `_offer` when it is made, and says in `_put` what becomes of other segmenters.
    Trait in and out: `networks`, names; they may be exchanged where all of them ship with the package. `offered`: what
    there is to choose from, for each; nothing for networks of other origin.
    """

    networks = traitlets.List(traitlets.Unicode(), help="names of the networks shown").tag(sync=True)
    offered = traitlets.List(traitlets.List(traitlets.Unicode()), help="for each, what can be chosen").tag(sync=True)
    not_taken = traitlets.Unicode(help="why a network was not taken").tag(sync=True)
    exchanged = traitlets.Int(0, help="how often networks were exchanged").tag(sync=True)

    def _offer(self, segmenters: Sequence[Any], families: Sequence[tuple[str, ...]]) -> None:
        """Offers for each segmenter the shelf's networks of some families, where all of these are of the shelf."""
        from segtutor.models.zoo import cards

        self._chosen = list(segmenters)
        self.networks = names = [str(getattr(one, "name", "model")) for one in segmenters]
        shipped = {name: card.get("family") for name, card in cards().items()}
        if names and all(name in shipped for name in names):
            self.offered = [[name for name, family in shipped.items() if family in wanted] for wanted in families]
        self.observe(self._exchange, ["networks"])

    @traitlets.validate("networks")
    def _check_networks(self, proposal: dict) -> list[str]:
        names = proposal["value"]
        if not self.networks or names == self.networks:
            return names
        if not self.offered:
            raise UserError(f"networks cannot be exchanged here, got {names!r}: make another explorer with these")
        if len(names) != len(self.offered):
            raise UserError(
                f"networks must be {len(self.offered)} of the shelf, got {names!r}: make another explorer for others"
            )
        for name, choices in zip(names, self.offered, strict=True):
            if name not in choices:
                raise UserError(f"networks must be among {', '.join(choices)}, got {name!r}: choose one of these")
        return names

    def _exchange(self, change: dict) -> None:
        """Loads what is new. What goes wrong is a sentence on the page, and an error only where a cell asked."""
        before = {one.name: one for one in self._chosen}
        if change["new"] == [one.name for one in self._chosen]:
            return
        from segtutor.models.zoo import load

        try:
            with one_thread():
                # copies: the learner's own keeps the picture that was set last
                chosen = [copy.copy(before[name]) if name in before else load(name) for name in change["new"]]
                with self.hold_sync():
                    self._put(chosen)
                    self._chosen = chosen
                    self.not_taken = ""
                    self.exchanged += 1
        except Exception as error:
            with self.hold_sync():
                self.networks = [one.name for one in self._chosen]
                self.not_taken = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            if not self._hearing:
                raise

    def _put(self, segmenters: list[Any]) -> None:
        """Shows these segmenters in the place of those before; their picture is not set yet."""
        raise NotImplementedError
