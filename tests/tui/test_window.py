"""The window keeps its place by key, in little memory, and repaints little."""

from __future__ import annotations

from array import array

from sfvtui.tui.source import Column, ListSource, Row
from sfvtui.tui.widgets.columns import Choice, place
from sfvtui.tui.widgets.marks import Marks
from sfvtui.tui.widgets.window import BLOCK, BLOCKS_KEPT, Window


class Counting:
    """A source of any length that notes what rows it was asked for."""

    def __init__(self) -> None:
        self.asked = []

    def rows(self, keys):
        self.asked.append(len(keys))
        return {key: Row(key, str(key), {}) for key in keys}


def window(count, page=10):
    made = Window(Counting())
    made.page = page
    made.fill(array("q", range(count)), wanted=None, other_view=True)
    return made


def test_only_rows_near_the_screen_are_held():
    one = window(1_000_000)
    for position in range(0, 1_000_000, 10_000):
        one.row_at(position)
    assert len(one._blocks) == BLOCKS_KEPT
    assert set(one.source.asked) == {BLOCK}


def test_a_step_inside_the_window_does_not_move_it_and_one_at_its_edge_moves_half():
    one = window(100, page=9)
    assert not any(one.go(position) for position in range(9))
    assert one.go(9)
    assert (one.top, one.cursor) == (4, 9)


def test_the_cursor_stays_on_its_row_when_rows_come_before_it():
    one = window(50)
    one.go(20)
    line = one.cursor - one.top
    one.fill(array("q", [1000, 1001, *range(50)]), wanted=None, other_view=False)
    assert one.key == 20
    assert one.cursor - one.top == line


def test_the_cursor_goes_to_the_next_row_when_its_own_leaves():
    one = window(50)
    one.go(20)
    one.fill(array("q", [k for k in range(50) if k not in (20, 21)]), wanted=None, other_view=False)
    assert one.key == 22


def test_the_cursor_goes_to_the_row_before_when_the_last_leaves():
    one = window(50)
    one.go(49)
    one.fill(array("q", range(49)), wanted=None, other_view=False)
    assert one.key == 48


def test_another_view_without_the_row_begins_at_the_top():
    one = window(50)
    one.go(20)
    one.fill(array("q", range(30, 50)), wanted=None, other_view=True)
    assert one.cursor == 0


def test_a_wanted_row_is_gone_to_wherever_it_is():
    one = window(50)
    one.fill(array("q", range(100)), wanted=77, other_view=True)
    assert one.key == 77
    assert one.top <= 77 < one.top + one.page


def test_pages_turn_to_the_very_ends():
    one = window(25, page=10)
    for _ in range(5):
        one.turn_page(1)
    assert one.cursor == 24
    for _ in range(5):
        one.turn_page(-1)
    assert (one.cursor, one.top) == (0, 0)


def test_an_empty_list_can_be_moved_in():
    one = window(0)
    one.go(5)
    one.turn_page(1)
    assert one.key is None
    assert one.row_at(0) is None
    assert one.chosen() == []


def test_a_range_marks_both_ends_in_either_direction():
    one = window(20)
    one.go(8)
    one.toggle_range()
    one.go(5)
    one.toggle_range()
    assert list(one.chosen()) == [5, 6, 7, 8]


def test_all_of_a_million_are_marked_without_an_object_for_each():
    marks = Marks()
    marks.set_all(range(1_000_000))
    marks.toggle(7)
    assert len(marks) == 999_999
    assert 7 not in marks
    marks.toggle(7)
    assert 7 in marks
    marks.keep_only([1, 2, 7])
    assert sorted(marks) == [1, 2, 7]


def test_marks_of_rows_that_left_are_taken_away():
    marks = Marks()
    marks.add([3, 4, 5])
    marks.keep_only([4, 9])
    assert list(marks) == [4]


COLUMNS = (
    Column("name", "NAME", 20, 8, 2, optional=False),
    Column("title", "TITLE", 20, 6, 1),
    Column("mail", "MAIL", 30, 6),
)


def laid_out(width, choice=None, cursor="name"):
    found = place(COLUMNS, choice or Choice(), width, cursor)
    return {p.column.name: p.width for p in found}


def test_columns_fill_the_width_and_never_pass_it():
    for width in range(12, 200):
        found = place(COLUMNS, Choice(), width, "name")
        assert found[-1].x + found[-1].width <= width


def test_columns_give_way_evenly_when_there_is_little_room():
    found = laid_out(50)
    assert found["name"] == found["title"] or abs(found["name"] - found["title"]) <= 1
    assert found["mail"] <= found["name"] + 1


def test_what_is_left_over_goes_to_the_columns_that_grow():
    found = laid_out(110)
    assert found["mail"] == 30
    assert found["name"] > 20
    assert found["title"] > 20


def test_the_column_of_the_cursor_is_always_shown():
    for width in range(20, 60):
        assert "mail" in laid_out(width, cursor="mail")


def test_a_hidden_column_is_not_shown_and_a_wide_one_stays_wide():
    choice = Choice().toggle("title").resize(COLUMNS[2], 6)
    found = laid_out(100, choice)
    assert "title" not in found
    assert found["mail"] == 36


def test_what_was_chosen_of_columns_is_kept_as_json():
    choice = Choice().toggle("title").move(COLUMNS, "mail", -2).resize(COLUMNS[0], -4)
    assert Choice.from_json(choice.as_json(COLUMNS), COLUMNS) == choice


def test_unusable_kept_columns_are_those_of_the_first_start():
    for kept in (None, [], {}, {"order": 1, "hidden": [], "widths": {}}, "x"):
        assert Choice.from_json(kept, COLUMNS) == Choice()


def test_a_list_in_memory_searches_all_its_cells():
    source = ListSource(COLUMNS, [Row(1, "a", {"name": "Zoë"}), Row(2, "b", {"mail": "ZOË@x"})])
    from sfvtui.tui.source import View

    assert list(source.order(View(search="zoë"), lambda: False)) == [1, 2]
