"""The fake Max refuses what Max refuses: otherwise a script that runs here proves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.device.node_host import Atom, FakeLive, ScriptFailed

MakeLive = Callable[..., FakeLive]
Heard = list[tuple[int, tuple[Atom, ...]]]

EVAL = "function run(text) { return eval(text); }\n"


@pytest.fixture
def live(make_live: MakeLive) -> FakeLive:
    return make_live()


def load(live: FakeLive, source: str, *, outlets: int = 2, device: int = 1) -> Heard:
    heard: Heard = []
    live.load(
        device,
        f"inlets = 1; outlets = {outlets};\n{source}",
        lambda outlet, atoms: heard.append((outlet, atoms)),
    )
    return heard


def run(live: FakeLive, text: str) -> Heard:
    """What a line of script in a new device puts out."""
    heard = load(live, EVAL)
    live.message(1, "run", text)
    return heard


@pytest.mark.parametrize(
    "line",
    [
        "let a = 1;",
        "const a = 1;",
        "var f = () => 1;",
        "var s = `text`;",
        "class A {}",
        "var o = {a, b};",
        "function f(a = 1) {}",
        "var [a] = [1];",
        "for (var a of []) {}",
        "function f(...a) {}",
    ],
)
def test_a_script_of_a_later_language_is_not_loaded(live: FakeLive, line: str) -> None:
    with pytest.raises(ScriptFailed, match="not ECMAScript 5"):
        load(live, line)


@pytest.mark.parametrize(
    "expression",
    [
        "[1].find(function () { return true; })",
        "[1].includes(1)",
        "'a'.includes('a')",
        "'a'.repeat(2)",
        "Object.assign({}, {})",
        "Object.values({})",
        "Math.trunc(1.5)",
        "Number.isInteger(1)",
        "new Map()",
        "new Promise(function () {})",
        "new Float32Array(1)",
        "setTimeout(function () {}, 1)",
        "console.log(1)",
        "require('fs')",
        "globalThis",
    ],
)
def test_the_library_of_a_later_language_is_not_there(live: FakeLive, expression: str) -> None:
    with pytest.raises(ScriptFailed, match=r"TypeError|ReferenceError"):
        run(live, f"({expression})")


def test_what_ecmascript_5_has_is_there(live: FakeLive) -> None:
    heard = run(
        live,
        "outlet(0, [3, 1].map(function (n) { return n * 2; }).concat(' a '.trim(),"
        " Object.keys({k: 1}), JSON.parse('[5]'), [1, 2].indexOf(2), Math.floor(2.5)))",
    )
    assert heard == [(0, (6, 2, "a", "k", 5, 1, 2))]


def test_a_message_finds_its_function_by_name_and_numbers_by_kind(live: FakeLive) -> None:
    heard = load(
        live,
        """
        function msg_int(n) { outlet(0, "int", n); }
        function msg_float(n) { outlet(0, "float", n); }
        function list() { outlet(0, "list", arrayfromargs(arguments)); }
        function bang() { outlet(0, "bang"); }
        function param(name, value) { outlet(0, "param", name, value, inlet); }
        function anything() { outlet(0, "other", messagename, arguments.length); }
        """,
    )
    for message in ((3,), (2.5,), (1, 2), ("bang",), ("param", "temp", 1.5), ("what", 1, 2)):
        live.message(1, *message)
    assert [atoms for _, atoms in heard] == [
        ("int", 3),
        ("float", 2.5),
        ("list", 1, 2),
        ("bang",),
        ("param", "temp", 1.5, 0),
        ("other", "what", 2),
    ]


def test_a_message_without_a_function_and_a_local_function_are_errors(live: FakeLive) -> None:
    load(live, "function hidden() {}\nhidden.local = 1;")
    for name in ("unheard", "hidden"):
        with pytest.raises(ScriptFailed, match=f"no function {name}"):
            live.message(1, name)


def test_apply_on_outlet_crashes_live_and_an_array_does_not(live: FakeLive) -> None:
    assert run(live, "outlet(1, ['/note', 1, 2])") == [(1, ("/note", 1, 2))]
    for call in ("outlet.apply(this, [0, 1])", "messnamed.apply(this, ['a', 1])"):
        with pytest.raises(ScriptFailed, match="crashes Live"):
            live.message(1, "run", call)


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "undefined", "null", "true", "{}", "[[{}]]", "4294967296"]
)
def test_what_max_has_no_atom_for_is_refused(live: FakeLive, value: str) -> None:
    with pytest.raises(ScriptFailed, match=r"no atom|does not fit"):
        run(live, f"outlet(0, {value})")


def test_an_outlet_that_is_not_there_is_refused(live: FakeLive) -> None:
    with pytest.raises(ScriptFailed, match="outlet 2 of a js object with 2"):
        run(live, "outlet(2, 1)")


def test_the_script_stands_still_while_its_message_runs_through_the_patch(live: FakeLive) -> None:
    order: list[str] = []

    def patch(_: int, atoms: tuple[Atom, ...]) -> None:
        order.append(f"patch hears {atoms[0]}")
        if atoms[0] == "first":
            live.message(1, "back")
        order.append(f"patch ends {atoms[0]}")

    source = """
        function go() { outlet(0, "first"); outlet(0, "second"); }
        function back() { outlet(0, "nested"); }
    """
    live.load(1, source, patch)
    live.message(1, "go")
    assert order == [
        "patch hears first",
        "patch hears nested",
        "patch ends nested",
        "patch ends first",
        "patch hears second",
        "patch ends second",
    ]


def test_a_task_runs_at_its_time_and_not_before(live: FakeLive) -> None:
    heard = load(
        live,
        """
        var task = new Task(function (word) { outlet(0, word); }, this, "due");
        function later() { task.schedule(250); }
        function never() { task.cancel(); }
        """,
    )
    live.message(1, "later", now_ms=1000.0)
    assert live.due_ms[1] == 1250.0
    live.run_tasks(1, 1249.0)
    assert heard == []
    live.run_tasks(1, 1250.0)
    assert heard == [(0, ("due",))]
    assert live.due_ms[1] is None
    live.message(1, "later", now_ms=2000.0)
    live.message(1, "never", now_ms=2001.0)
    assert live.due_ms[1] is None


def test_a_repeating_task_repeats_until_it_is_cancelled(live: FakeLive) -> None:
    heard = load(
        live,
        """
        var task = new Task(function () {
          outlet(0, arguments.callee.task.iterations);
          if (task.iterations === 3) { task.cancel(); }
        });
        task.interval = 100;
        function go() { task.repeat(); }
        """,
    )
    live.message(1, "go", now_ms=0.0)
    for step in range(10):
        live.run_tasks(1, 50.0 * step)
    assert [atoms for _, atoms in heard] == [(1,), (2,), (3,)]
    assert live.due_ms[1] is None


def test_a_task_that_schedules_itself_at_once_does_not_stop_time(live: FakeLive) -> None:
    heard = load(
        live,
        """
        var task = new Task(function () { outlet(0, 1); task.schedule(0); });
        function go() { task.schedule(0); }
        """,
    )
    live.message(1, "go", now_ms=0.0)
    live.run_tasks(1, 0.0)
    assert len(heard) == 1


def test_two_devices_share_nothing_but_the_set(live: FakeLive) -> None:
    source = "var n = 0; function count() { n += 1; outlet(0, n); }"
    first, second = load(live, source), load(live, source, device=2)
    for device in (1, 1, 2):
        live.message(device, "count")
    assert (first, second) == ([(0, (1,)), (0, (2,))], [(0, (1,))])


def test_every_different_string_is_counted(live: FakeLive) -> None:
    load(live, "function say(n) { outlet(0, 'status', 'bar ' + n); }")
    for bar in (1, 2, 1, 2):
        live.message(1, "say", bar)
    assert live.symbols(1) == 3


def test_dicts_are_shared_by_name_and_files_cut_long_bytes_short(live: FakeLive) -> None:
    heard = run(
        live,
        """
        var a = new Dict("shared"); a.parse('{"notes": [1, 2]}');
        outlet(0, new Dict("shared").stringify());
        var bytes = []; for (var i = 0; i < 20000; i += 1) { bytes.push(65); }
        var f = new File("x", "write"); f.writebytes(bytes); f.close();
        outlet(0, new File("x").eof);
        outlet(0, new File("absent").isopen ? 1 : 0);
        """,
    )
    assert [atoms for _, atoms in heard] == [('{"notes":[1,2]}',), (16384,), (0,)]


def test_what_a_script_throws_ends_the_test(live: FakeLive) -> None:
    with pytest.raises(ScriptFailed, match="nobody"):
        run(live, "nobody.home()")
