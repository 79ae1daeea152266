"""The erasure list: tokens that recognise, random names that do not, lines that survive a kill."""

from __future__ import annotations

from pathlib import Path

from retinue.privacy.erased import ERASED, ErasureList, Line, RandomNames, erasure_token

KEY = bytes(range(32))


def line(customer: str) -> Line:
    return Line(erasure_token(customer, KEY), "2026-02-14T09:00:00Z", "prv_1")


def test_a_token_tells_nothing_without_the_key() -> None:
    assert erasure_token("C1", KEY) == erasure_token("C1", KEY)
    assert erasure_token("C1", KEY) != erasure_token("C1", bytes(32))
    assert "C1" not in erasure_token("C1", KEY)


def test_random_names_follow_from_the_salt_alone_and_never_change_twice() -> None:
    one, other = RandomNames(b"a" * 32), RandomNames(b"b" * 32)
    assert one("customer", "C1") != other("customer", "C1")
    assert one("customer", one("customer", "C1")) == one("customer", "C1")
    assert one("customer", "C1").startswith(ERASED)


def test_a_line_is_added_once_to_both_files_and_either_counts(tmp_path: Path) -> None:
    known = ErasureList(tmp_path / "own" / "list.jsonl", tmp_path / "copy.jsonl")
    known.add(line("C1"))
    known.add(line("C1"))
    assert (tmp_path / "copy.jsonl").read_text().count("\n") == 1
    (tmp_path / "own" / "list.jsonl").unlink()  # an old backup of the workspace was put back
    assert known.recogniser(KEY)("C1")
    assert not known.recogniser(KEY)("C2")


def test_what_a_killed_process_left_of_a_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    known = ErasureList(path)
    known.add(line("C1"))
    with path.open("ab") as handle:
        handle.write(b'{"token":"go')
    known.add(line("C2"))
    assert known.tokens() == {erasure_token("C1", KEY), erasure_token("C2", KEY)}


def test_the_lines_of_a_copy_are_taken_over_once(tmp_path: Path) -> None:
    mine, safe = ErasureList(tmp_path / "mine.jsonl"), ErasureList(tmp_path / "safe.jsonl")
    safe.add(line("C1"))
    safe.add(line("C2"))
    mine.add(line("C2"))
    assert (mine.take_over(safe.path), mine.take_over(safe.path)) == (1, 0)
    assert mine.tokens() == safe.tokens()
