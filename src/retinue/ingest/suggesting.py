"""Proposes a mapping for files from their columns: a text for `retinue.toml` that loads as it is.

Names are compared with what people usually call such columns, and values must be able to hold what the
column means. What is uncertain is said in a comment; where nothing fits, the section is commented out.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from retinue.errors import DataError
from retinue.ingest.bench import workbench
from retinue.ingest.profile import Profile, profile_file
from retinue.ingest.synonyms import FILE_HINTS, VALUE_WORDS, name_score, plain
from retinue.sources.files import is_data_file
from retinue.sources.mapping import FileSettings
from retinue.warehouse.tables import TABLES, Column, Table

__all__ = ["suggest"]

LEAST = 0.4
"""A column whose name scores lower is not proposed."""
_SURE = 0.55
"""From here on a name speaks for itself."""


@dataclass(slots=True)
class _Proposal:
    table: Table
    lines: dict[str, str] = field(default_factory=dict)
    """Target column → the right-hand side in TOML."""
    used: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    score: float = 0.0
    missing: list[str] = field(default_factory=list)


def suggest(path: Path, *, root: Path | None = None) -> str:
    """Mapping sections for one file, or for every data file of a folder.

    Parameters
    ----------
    root: the workspace; paths inside it are written relative to it.

    Raises DataError when there is nothing to read.
    """
    if path.is_dir():
        files = [f for f in sorted(path.iterdir()) if f.is_file() and is_data_file(f.name)]
    else:
        files = [path] if path.is_file() else []
    if not files:
        raise DataError(
            "There is no data file to look at.",
            where=str(path),
            fix="Name a .csv, .parquet or .ndjson file (.gz may follow), or a folder of them.",
        )
    sections: list[str] = []
    names: set[str] = set()
    with (
        tempfile.TemporaryDirectory(prefix="retinue-") as folder,
        workbench(Path(folder), key=b"none") as bench,
    ):
        seen = {f: profile_file(bench, f, FileSettings(path=str(f), table="")) for f in files}
        for file in files:
            name = _section_name(file.name, names)
            sections.append(_section(name, file, seen, root))
    return "\n".join(sections)


def _section_name(file: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", file.lower().split(".")[0]).strip("_") or "file"
    name, n = base, 2
    while name in taken:
        name, n = f"{base}_{n}", n + 1
    taken.add(name)
    return name


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _shown(file: Path, root: Path | None) -> str:
    path = file.resolve()
    if root is not None and path.is_relative_to(root.resolve()):
        path = path.relative_to(root.resolve())
    return path.as_posix()


def _section(name: str, file: Path, seen: dict[Path, list[Profile]], root: Path | None) -> str:
    profiles, shown = seen[file], _shown(file, root)
    proposals = [_propose(table, file.name, profiles) for table in TABLES]
    for proposal in proposals:
        if proposal.missing == ["customer_id"]:
            _look_up_customer(proposal, file, seen, root)
    proposals.sort(key=lambda p: (bool(p.missing), -p.score))
    best = proposals[0]
    head = [f"# {file.name}: {len(profiles)} columns"]
    if not profiles:
        return "\n".join([*head, f"# The file is empty: {shown}", ""])
    if best.missing or best.score < 1.0:
        close = sorted(proposals, key=lambda p: -p.score)[0]
        lacking = ", ".join(close.missing) or "more columns of it"
        columns = ", ".join(p.name for p in profiles[:30])
        return "\n".join(
            [
                *head,
                f"# No table fits. The nearest is {close.table.name}, which would still need: {lacking}.",
                f"# Columns found: {columns}",
                f"# [sources.{name}]",
                f"# path = {_quote(shown)}",
                f"# table = {_quote(close.table.name)}",
                "",
            ]
        )
    others = [p for p in proposals[1:] if not p.missing and p.score > 0.7 * best.score]
    out = [*head]
    if others:
        out.append(f"# It could also feed {', '.join(p.table.name for p in others)}; check the table.")
    out += [
        f"[sources.{name}]",
        'kind = "files"',
        f"path = {_quote(shown)}",
        f"table = {_quote(best.table.name)}",
    ]
    if any(p.decimal_comma for p in profiles if p.name in best.used.values()):
        out.append('decimal = ","')
    if best.table.key not in best.lines:
        out.append(f"# no unique {best.table.key}: a key is made from the content of each row")
    out += ["", f"[sources.{name}.columns]"]
    for column in best.table.columns:
        if column.name in best.lines:
            note = best.notes.get(column.name)
            out.append(f"{column.name} = {best.lines[column.name]}{f'  # {note}' if note else ''}")
    if "recorded_at" in best.lines:
        out.append(f"recorded_at = {best.lines['recorded_at']}")
    unused = [p.name for p in profiles if p.name not in best.used.values()]
    if unused:
        out.append(f"# not used: {', '.join(unused[:40])}")
    return "\n".join([*out, ""])


def _look_up_customer(
    proposal: _Proposal, file: Path, seen: dict[Path, list[Profile]], root: Path | None
) -> None:
    """Find the customer through another file that has a column of the same name, once per value."""
    mine = {p.name for p in seen[file]}
    for other, profiles in seen.items():
        keys = [p for p in profiles if other != file and p.name in mine and p.unique]
        scored = [(name_score("", "customer_id", p.name), p.name) for p in profiles if p not in keys]
        score, value = max(scored, default=(0.0, ""))
        if keys and score >= _SURE:
            key = _quote(keys[0].name)
            where = f"file = {_quote(_shown(other, root))}, key = {key}, value = {_quote(value)}"
            proposal.lines["customer_id"] = f"{{ column = {key}, lookup = {{ {where} }} }}"
            proposal.used["customer_id"] = keys[0].name
            proposal.missing = []
            proposal.score += 3.0
            return


def _fits(table: Table, column: Column, profile: Profile, score: float) -> bool:
    """Whether the values could be what the column holds; an empty column fits only what may be empty."""
    if profile.filled == 0.0:
        return not column.required
    if column.personal and score < _SURE:
        return False
    if column.name == "event_type":
        return profile.dated < 0.5 and profile.distinct <= min(1_000, max(2.0, profile.rows / 3))
    if column.name == table.key and not profile.unique:
        return False
    if column.name == "customer_id" and plain(profile.name) == "id" and table.references_customer:
        # "id" names the row itself, unless it comes again
        return not profile.unique and profile.dated < 0.5
    match column.kind:
        case "timestamp":
            return profile.dated >= 0.8
        case "money" | "number" | "probability":
            return profile.numeric >= 0.8 and profile.dated < 0.8
        case "boolean":
            return profile.boolean >= 0.95
        case "json":
            return all(e.startswith("{") for e in profile.examples[:3])
        case "id":
            return score >= _SURE and profile.dated < 0.5
        case "category":
            return profile.dated < 0.5
    return True


def _propose(table: Table, file: str, profiles: list[Profile]) -> _Proposal:
    out = _Proposal(table)
    pairs = []
    for column in (*table.columns, Column("recorded_at", "timestamp", "when it was learned")):
        for profile in profiles:
            score = name_score(table.name, column.name, profile.name)
            if score >= LEAST and _fits(table, column, profile, score):
                pairs.append((score, column, profile))
    # what a row needs is found first, so that account_id can be the customer where nothing else is
    pairs.sort(key=lambda p: (not (p[1].required and p[0] >= _SURE), -p[0], p[1].name, p[2].name))
    taken: set[str] = set()
    for score, column, profile in pairs:
        if column.name in out.used or profile.name in taken:
            continue
        out.used[column.name] = profile.name
        taken.add(profile.name)
        _map(out, column, profile)
        out.score += score * (2.0 if column.required else 0.5)
        if score < _SURE:
            out.notes.setdefault(column.name, "unsure; check it")
            out.score -= 0.75 if column.required else 0.0
        if (
            column.name == "customer_id"
            and table.references_customer
            and profile.unique
            and profile.rows > 20
        ):
            # one row per customer speaks for a table of customers
            out.score -= 2.0
    _compose(out, profiles, taken, file)
    for column in table.columns:
        generated = column.name == table.key and table.references_customer
        if column.required and column.name not in out.lines and not generated:
            out.missing.append(column.name)
    if any(hint in plain(file) for hint in FILE_HINTS[table.name].split()):
        out.score += 1.5
    out.score -= 2.0 * len(out.missing)
    return out


def _map(out: _Proposal, column: Column, profile: Profile) -> None:
    source = _quote(profile.name)
    out.lines[column.name] = source
    if column.name == "sentiment_score" and profile.minimum is not None and profile.maximum is not None:
        if profile.minimum >= 0 and 1 < profile.maximum <= 10:
            top = 5 if profile.maximum <= 5 else 10
            half = (top - 1) / 2
            scaled = f'("{profile.name}" - {half + 1:g}) / {half:.1f}'
            out.lines[column.name] = f"{{ expression = {_quote(scaled)} }}"
            out.notes[column.name] = f"1 to {top} becomes -1 to 1"
    elif column.allowed:
        words = {
            word: value
            for value, listed in VALUE_WORDS.get(column.name, {}).items()
            for word in listed.split()
        }
        found = {e: words[plain(e)] for e in profile.examples if plain(e) in words}
        strange = [e for e in profile.examples if e.lower() not in column.allowed and e not in found]
        if found:
            pairs = ", ".join(f"{_quote(k)} = {_quote(v)}" for k, v in sorted(found.items()))
            out.lines[column.name] = f"{{ column = {source}, map = {{ {pairs} }} }}"
        if strange:
            out.notes[column.name] = f"not understood: {', '.join(strange[:5])}; add them to map"


def _compose(out: _Proposal, profiles: list[Profile], taken: set[str], file: str) -> None:
    """Columns made of several: an amount from quantity and price, a JSON object of what is left."""
    table = out.table
    by_plain = {plain(p.name): p for p in profiles}
    if table.name == "transactions":
        quantity = next((by_plain[n] for n in ("quantity", "qty", "units") if n in by_plain), None)
        price = next((by_plain[n] for n in ("price", "unitprice", "itemprice") if n in by_plain), None)
        amount = out.used.get("amount")
        if quantity and price and amount in (None, price.name):
            product = f'"{quantity.name}" * "{price.name}"'
            out.lines["amount"] = f"{{ expression = {_quote(product)} }}"
            out.score += 0.0 if amount else 2.0
            out.used["amount"], out.used["quantity"] = price.name, quantity.name
            taken.update((price.name, quantity.name))
        chosen = quantity if quantity and price else next((p for p in profiles if p.name == amount), None)
        if chosen and "status" not in out.lines and chosen.minimum is not None and chosen.minimum < 0:
            case = f"CASE WHEN \"{chosen.name}\" < 0 THEN 'refunded' ELSE 'succeeded' END"
            out.lines["status"] = f"{{ expression = {_quote(case)} }}"
            out.notes["status"] = "negative amounts are taken for refunds; check it"
    if table.name == "events" and "event_type" not in out.lines:
        out.lines["event_type"] = f"{{ constant = {_quote(_section_name(file, set()))} }}"
        out.notes["event_type"] = "no column says what was done; name it"
        out.score -= 1.0
    rest = [p.name for p in profiles if p.name not in taken and p.filled > 0]
    target = {"customers": "demographic_data", "events": "metadata"}.get(table.name)
    if target and target not in out.lines and rest:
        listed = ", ".join(_quote(name) for name in rest[:30])
        out.lines[target] = f"{{ json = [{listed}] }}"
        out.used.update({f"{target}.{name}": name for name in rest[:30]})
        out.notes[target] = "leave out what is personal or not needed"
