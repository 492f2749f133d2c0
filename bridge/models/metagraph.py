"""The few facts that only a bundle's graph holds. The graph is read, never executed.

Sources: TensorFlow ``core/protobuf/meta_graph.proto``, ``core/framework/graph.proto``,
``node_def.proto``, ``attr_value.proto``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from bridge.models.checkpoint import Shape, read_shape
from bridge.models.protowire import fields, messages, text

_COLLECTIONS = ("inputs", "initial_state", "softmax", "temperature")
_MAX_MEMBERS = 1024


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """What a bundle's graph says about its network.

    Args:
        tensorflow_version: TensorFlow that saved it, "" where unknown.
        batch_size: Sequences that Magenta computes at each step, 1 or more.
        input_width: Width of the input vector, -1 where unknown.
        state_widths: Widths of the recurrent state's tensors; -1 where unknown.
        softmax_count: How many distributions the network predicts at once.
        has_temperature: Whether the graph takes a temperature; graphs of 2016 do not.
    """

    tensorflow_version: str = ""
    batch_size: int = 1
    input_width: int = -1
    state_widths: tuple[int, ...] = ()
    softmax_count: int = 1
    has_temperature: bool = False


def read_metagraph(data: memoryview) -> GraphFacts:
    """Facts of a ``MetaGraphDef``.

    Raises:
        BundleInvalid: The bytes are not a message.
    """
    version = ""
    collections: dict[str, list[str]] = {name: [] for name in _COLLECTIONS}
    for number, value in fields(data):
        if number == 1 and isinstance(value, memoryview):
            version = _version(value)
        elif number == 4 and isinstance(value, memoryview):
            name, nodes = _collection(value)
            if name in collections:
                collections[name] = nodes
    wanted = {_node_of(name) for nodes in collections.values() for name in nodes}
    shapes: dict[str, list[Shape]] = {}
    for graph in messages(data, 2):
        shapes.update(_node_shapes(graph, wanted))
    inputs = [_shape_of(node, shapes) for node in collections["inputs"]]
    states = [_shape_of(node, shapes) for node in collections["initial_state"]]
    first = inputs[0] if inputs else ()
    return GraphFacts(
        tensorflow_version=version,
        batch_size=max(1, first[0]) if first else 1,
        input_width=first[-1] if len(first) == 3 else -1,
        state_widths=tuple(shape[-1] if shape else -1 for shape in states),
        softmax_count=len(collections["softmax"]) or 1,
        has_temperature=bool(collections["temperature"]),
    )


def _version(meta_info: memoryview) -> str:
    found = ""
    for number, value in fields(meta_info):
        if number == 5:
            found = text(value)
    return found


def _collection(entry: memoryview) -> tuple[str, list[str]]:
    """Name of a collection and the nodes in it; collections of other things come out empty."""
    name = ""
    nodes: list[str] = []
    for number, value in fields(entry):
        if number == 1:
            name = text(value)
        elif number == 2 and isinstance(value, memoryview):
            for node_list in messages(value, 1):
                nodes.extend(text(node) for node in islice(messages(node_list, 1), _MAX_MEMBERS))
    return name, nodes


def _node_shapes(graph: memoryview, wanted: set[str]) -> dict[str, list[Shape]]:
    shapes: dict[str, list[Shape]] = {}
    for node in messages(graph, 1):
        name = ""
        found: list[Shape] = []
        for number, value in fields(node):
            if number == 1:
                name = text(value)
                if name not in wanted:
                    break
            elif number == 5 and isinstance(value, memoryview):
                found = _output_shapes(value) or found
        if name in wanted:
            shapes[name] = found
    return shapes


def _output_shapes(attribute: memoryview) -> list[Shape]:
    """Shapes in a node's ``_output_shapes``; none for any other attribute."""
    shapes: list[Shape] = []
    named = False
    for number, value in fields(attribute):
        if number == 1 and isinstance(value, memoryview):
            named = bytes(value[:20]) == b"_output_shapes"
        elif number == 2 and named and isinstance(value, memoryview):
            for shape_list in messages(value, 1):
                listed = islice(messages(shape_list, 7), _MAX_MEMBERS)
                shapes.extend(read_shape(shape) for shape in listed)
    return shapes


def _node_of(tensor_name: str) -> str:
    return tensor_name.partition(":")[0]


def _shape_of(tensor_name: str, shapes: dict[str, list[Shape]]) -> Shape:
    """Shape of a tensor named ``node:output``; empty where the graph doesn't tell it."""
    found = shapes.get(_node_of(tensor_name), [])
    output = tensor_name.partition(":")[2]
    index = int(output) if output.isascii() and output.isdigit() and len(output) < 6 else 0
    return found[index] if index < len(found) else ()
