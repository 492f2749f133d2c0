"""A binding in words, and as the line of YAML that keeps it."""

from __future__ import annotations

from bridge.core.bindings import Binding


def yaml_line(binding: Binding) -> str:
    """The entry of ``controls.bindings`` that is this binding; channels count from 1 there."""
    parts = [f"role: {binding.role}", f"player: {binding.player}"]
    if binding.controller is not None:
        parts.append(f"controller: {binding.controller}")
    if binding.note is not None:
        parts.append(f"note: {binding.note}")
    if binding.channel is not None:
        parts.append(f"channel: {binding.channel + 1}")
    if binding.port:
        escaped = binding.port.replace("\\", "\\\\").replace('"', '\\"')
        parts.append(f'port: "{escaped}"')
    parts += [
        f"{name}: {value:g}"
        for name, value in (("low", binding.low), ("high", binding.high))
        if value is not None
    ]
    if binding.bundles:
        parts.append(f"bundles: [{', '.join(binding.bundles)}]")
    return "- {" + ", ".join(parts) + "}"


def told_binding(binding: Binding) -> str:
    """One sentence about a binding that was learnt, and how to keep it."""
    number = binding.controller if binding.controller is not None else binding.note
    kind = "Controller" if binding.controller is not None else "Note"
    return (
        f"{kind} {number} is {binding.role} of player {binding.player} now; to keep it, add to"
        f" controls.bindings: {yaml_line(binding)}"
    )
