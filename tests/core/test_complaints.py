"""Nonsense is counted, and answered sparingly."""

from bridge.core.complaints import REPLIES_PER_SECOND, Complaints
from bridge.errors import Malformed


def test_each_error_is_counted_but_replies_have_a_budget_per_second() -> None:
    complaints = Complaints()
    answered = [complaints.note(Malformed("Nonsense."), 1.0)[0] for _ in range(100)]
    assert answered == [True] * REPLIES_PER_SECOND + [False] * (100 - REPLIES_PER_SECOND)
    assert complaints.note(Malformed("Nonsense."), 2.0)[0]
    assert complaints.counts == {"malformed": 101}


def test_one_line_a_second_says_how_many_were_not_shown() -> None:
    complaints = Complaints()
    lines = [complaints.note(Malformed("Nonsense."), 1.0 + i / 10)[1] for i in range(12)]
    assert [line is not None for line in lines] == [True] + [False] * 9 + [True, False]
    assert lines[10] is not None
    assert lines[10].startswith("Nonsense. docs/protocol.md")
    assert "9 more" in lines[10]
