"""What can happen to a file, one thing at a time: a mutation takes its bytes and gives others, and a line that says what was done."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from tests.fuzz.structure import Part, byte_order, parts_of

_PAYLOAD = ("mdat", "A3", "A1", "movi", "data", "page", "piece", "image", "IDAT")
_INDEX = (
    *("stts", "stsz", "stco", "stsc", "ctts", "elst", "stss", "co64", "trun", "tfhd", "tfdt", "sidx", "trex", "mfra", "tfra"),
    *("Cues", "CuePoint", "CueTrackPositions", "B3", "F1", "F7", "E7", "53AC", "53AB", "idx1", "indx", "extension", "page"),
)
SIZES = ((64, 48), (65, 49), (128, 96), (256, 120), (320, 240))
_WILD_SIDES = (0, 1, 2, 15, 16, 17, 63, 1000, 4096, 8192, 16_000, 16_384, 32_767, 65_535)
_LARGEST_GIFT = 4096


@dataclass(frozen=True)
class Mutated:
    """The bytes, and what was done in a few words."""

    data: bytes
    words: str


Others = Mapping[str, bytes]
Mutation = Callable[[Random, bytes, Others], Mutated]


def put(data: bytes, at: int, new: bytes) -> bytes:
    """`data` with the bytes at `at` overwritten, none added."""
    new = new[: max(0, len(data) - at)]
    return data[:at] + new + data[at + len(new) :]


def _any_part(random: Random, data: bytes, *, leaf: bool = False) -> Part:
    """Each name is as likely as any other, or the many packets of a film would hide its few headers."""
    every = [part for part in parts_of(data) if part.end > part.start]
    parts = [part for part in every if part.leaf or not leaf] or every
    name = random.choice(sorted({part.name for part in parts}))
    return random.choice([part for part in parts if part.name == name])


def _wild(random: Random, old: int, bits: int) -> int:
    """A number that programs stumble over."""
    top = (1 << bits) - 1
    near = (0, 1, 2, top, top >> 1, (top >> 1) + 1, top - 1, old + 1, old - 1, old * 2, old // 2, old + 8, old - 8, -old)
    plain = (3, 7, 16, 100, 255, 256, 1000, 4096, 10_000, 16_384, 65_535, 65_536, 90_000, 1_000_000, random.getrandbits(bits))
    return random.choice((*near, *plain)) & top


def _flipped(random: Random, data: bytes, start: int, end: int, where: str) -> Mutated:
    count = random.choice((1, 1, 1, 2, 4, 16, 64))
    changed = bytearray(data)
    for _ in range(count):
        changed[random.randrange(start, end)] ^= 1 << random.randrange(8)
    return Mutated(bytes(changed), f"{count} bits flipped in {where}")


def bits_anywhere(random: Random, data: bytes, _: Others) -> Mutated:
    return _flipped(random, data, 0, len(data), "the file")


def bits_in_a_part(random: Random, data: bytes, _: Others) -> Mutated:
    part = _any_part(random, data, leaf=True)
    return _flipped(random, data, part.start, part.end, part.name)


def bits_in_payload(random: Random, data: bytes, _: Others) -> Mutated:
    parts = [part for part in parts_of(data) if part.leaf and (part.kind in _PAYLOAD or part.kind.endswith(("dc", "wb")))]
    part = random.choice(parts) if parts else _any_part(random, data, leaf=True)
    return _flipped(random, data, part.body if part.body < part.end else part.start, part.end, part.name)


def number_in_a_header(random: Random, data: bytes, _: Others) -> Mutated:
    return _new_number(random, data, _any_part(random, data, leaf=True), aligned=random.random() < 0.8)


def number_in_the_index(random: Random, data: bytes, _: Others) -> Mutated:
    parts = [part for part in parts_of(data) if part.leaf and part.kind in _INDEX and part.end > part.body]
    return _new_number(random, data, random.choice(parts) if parts else _any_part(random, data, leaf=True), aligned=True)


def _new_number(random: Random, data: bytes, part: Part, *, aligned: bool) -> Mutated:
    room = max(1, min(part.end - part.body, 160 if random.random() < 0.7 else 1 << 20))
    length = room if part.size_form == "ebml" and room <= 8 else random.choice((1, 2, 4, 4, 4, 8))
    at = part.body + random.randrange(room) // (length if aligned else 1) * (length if aligned else 1)
    if length == room:
        at = part.body
    order = "little" if byte_order(data) == "<" else "big"
    old = int.from_bytes(data[at : at + length], order)  # type: ignore[arg-type]
    new = _wild(random, old, 8 * length)
    return Mutated(put(data, at, new.to_bytes(length, order)), f"{part.name} +{at - part.body}: {old} becomes {new}")  # type: ignore[arg-type]


def size_of_the_picture(random: Random, data: bytes, _: Others) -> Mutated:
    """Wherever it is told, in pairs of numbers of two or four bytes."""
    told = [
        (pair, form)
        for width, height in SIZES
        for form in ("<HH", ">HH", "<II", ">II")
        for pair in (struct.pack(form, width, height), struct.pack(form, height, width))
        if pair in data
    ]
    if not told:
        return number_in_a_header(random, data, {})
    new, everywhere = (random.choice(_WILD_SIDES), random.choice(_WILD_SIDES)), random.random() < 0.7
    for pair, form in told:
        data = data.replace(pair, struct.pack(form, *new), -1 if everywhere else 1)
    return Mutated(data, f"pictures of {new[0]}x{new[1]}, {'wherever' if everywhere else 'once where'} their size is told")


def length(random: Random, data: bytes, _: Others) -> Mutated:
    parts = [part for part in parts_of(data) if 0 <= part.size_at < len(data)]
    if not parts:
        return number_in_a_header(random, data, {})
    name = random.choice(sorted({part.name for part in parts}))
    part = random.choice([part for part in parts if part.name == name])
    if part.size_form == "ebml":
        size_bytes = max(1, 9 - data[part.size_at].bit_length())
        bits = 7 * size_bytes
        old = int.from_bytes(data[part.size_at : part.size_at + size_bytes], "big") & ((1 << bits) - 1)
        new = _wild(random, old, bits)
        written = (new | 1 << bits).to_bytes(size_bytes + 1, "big")[-size_bytes:]
    else:
        size_bytes = struct.calcsize(part.size_form)
        order = "little" if part.size_form[0] == "<" else "big"
        old = int.from_bytes(data[part.size_at : part.size_at + size_bytes], order)  # type: ignore[arg-type]
        new = _wild(random, old, 8 * size_bytes)
        written = new.to_bytes(size_bytes, order)  # type: ignore[arg-type]
    return Mutated(put(data, part.size_at, written), f"the length of {part.name}: {old} becomes {new}")


def removed(random: Random, data: bytes, _: Others) -> Mutated:
    part = _any_part(random, data)
    return Mutated(data[: part.start] + data[part.end :], f"{part.name} removed")


def duplicated(random: Random, data: bytes, _: Others) -> Mutated:
    part, times = _any_part(random, data), random.choice((1, 1, 2, 50))
    times = times if (part.end - part.start) * times < 1 << 18 else 1
    return Mutated(data[: part.end] + data[part.start : part.end] * times + data[part.end :], f"{part.name} {times + 1} times")


def swapped(random: Random, data: bytes, _: Others) -> Mutated:
    first, second = sorted((_any_part(random, data), _any_part(random, data)), key=lambda part: part.start)
    if second.start < first.end:
        return duplicated(random, data, {})
    changed = data[: first.start] + data[second.start : second.end] + data[first.end : second.start] + data[first.start : first.end]
    return Mutated(changed + data[second.end :], f"{first.name} and {second.name} swapped")


def nested(random: Random, data: bytes, _: Others) -> Mutated:
    inner, outer = _any_part(random, data), _any_part(random, data)
    at = random.choice((outer.body, outer.end))
    gift = data[inner.start : inner.end][: 1 << 16]
    changed = data[:at] + gift + data[at:]
    if outer.size_form in (">I", "<I") and at > outer.size_at and at <= outer.end:
        grown = (struct.unpack_from(outer.size_form, data, outer.size_at)[0] + len(gift)) & 0xFFFFFFFF
        changed = put(changed, outer.size_at, struct.pack(outer.size_form, grown))
    return Mutated(changed, f"{inner.name} put into {outer.name}")


def cut_short(random: Random, data: bytes, _: Others) -> Mutated:
    part = _any_part(random, data)
    end = random.choice((random.randrange(len(data)), part.start, part.body, max(0, part.end - 1), random.randrange(part.start, part.end)))
    return Mutated(data[:end], f"cut after {end} bytes")


def zeroed(random: Random, data: bytes, _: Others) -> Mutated:
    start = random.randrange(len(data))
    count = random.choice((1, 4, 16, 64, 512, 4096, len(data)))
    filler = random.choice((b"\0", b"\0", b"\xff"))
    return Mutated(put(data, start, filler * count), f"{count} bytes of {filler.hex()} at {start}")


def given(random: Random, data: bytes, _: Others) -> Mutated:
    at = random.choice((random.randrange(len(data)), _any_part(random, data).start))
    count = random.choice((1, 2, 3, 4, 8, 64, _LARGEST_GIFT))
    return Mutated(data[:at] + random.randbytes(count) + data[at:], f"{count} bytes put in at {at}")


def taken(random: Random, data: bytes, _: Others) -> Mutated:
    at, count = random.randrange(len(data)), random.choice((1, 2, 3, 4, 8, 64, 1000))
    return Mutated(data[:at] + data[at + count :], f"{count} bytes taken out at {at}")


def spliced(random: Random, data: bytes, others: Others) -> Mutated:
    name = random.choice(sorted(others))
    other = others[name]
    ours, theirs = _any_part(random, data).start, _any_part(random, other).start
    return Mutated(data[:ours] + other[theirs:], f"from {ours} on as {name} from {theirs} on")


def part_of_another(random: Random, data: bytes, others: Others) -> Mutated:
    name = random.choice(sorted(others))
    ours, theirs = _any_part(random, data), _any_part(random, others[name])
    changed = data[: ours.start] + others[name][theirs.start : theirs.end] + data[ours.end :]
    return Mutated(changed, f"{ours.name} becomes {theirs.name} of {name}")


MUTATIONS: dict[str, tuple[Mutation, int]] = {
    mutation.__name__: (mutation, weight)
    for mutation, weight in (
        (bits_anywhere, 2),
        (bits_in_a_part, 4),
        (bits_in_payload, 3),
        (number_in_a_header, 6),
        (number_in_the_index, 4),
        (size_of_the_picture, 2),
        (length, 4),
        (removed, 2),
        (duplicated, 2),
        (swapped, 1),
        (nested, 1),
        (cut_short, 1),
        (zeroed, 1),
        (given, 1),
        (taken, 1),
        (spliced, 1),
        (part_of_another, 2),
    )
}
"""Every mutation, and how often it comes beside the others."""
