"""One box per frame, from every shape in which other nodes hand boxes over."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipsync.speaker_boxes import BoxesRefused, faces_in_mask, faces_of, followed, inside, one_per_frame


def box(x: float, y: float = 10, size: float = 20) -> dict[str, Any]:
    return {"x": x, "y": y, "width": size, "height": size, "label": "face", "score": 0.9}


LEFT, RIGHT = (10, 10, 30, 30), (70, 10, 90, 30)


@pytest.mark.parametrize(
    "shape",
    [box(10), [box(10)], [[box(10)]], [box(10)] * 3, [[box(10)], [box(10)], [box(10)]]],
    ids=["a dict", "one dict in a list", "one frame", "a dict per frame", "a list per frame"],
)
def test_every_shape_of_one_face(shape: object) -> None:
    assert one_per_frame(faces_of(shape, 3)) == (LEFT,) * 3


def test_a_frame_without_a_face_is_none() -> None:
    assert one_per_frame(faces_of([[box(10)], [], [box(70)]], 3)) == (LEFT, None, RIGHT)


def test_broken_pixels_grow_to_whole_ones() -> None:
    assert faces_of(box(10.4, 9.6, 19.3), None) == (((10, 9, 30, 29),),)


@pytest.mark.parametrize(
    ("shape", "value", "allowed"),
    [
        ([[box(10)], [box(10)]], "boxes for 2 frames", "boxes for one frame, or for all 3 frames of the video"),
        ([box(10)] * 4, "boxes for 4 frames", "boxes for one frame, or for all 3 frames of the video"),
        ("face", "str", "a BOUNDING_BOX: a box, a list of boxes, or a list of boxes per frame"),
        ([[1, 2, 3, 4]] * 3, "list among the boxes", "boxes with x, y, width and height"),
        ({"x": 1, "y": 2}, "the box {'x': 1, 'y': 2}", "boxes with x, y, width and height in pixels"),
        ([[], [], []], "no box in any frame", "a box in at least one frame"),
        (
            [[box(10)], [box(10), box(70)], []],
            "2 boxes in frame 1",
            "one box per frame; or turn 'follow' on and put the point on the speaker",
        ),
    ],
)
def test_what_is_no_box_for_each_frame(shape: object, value: str, allowed: str) -> None:
    with pytest.raises(BoxesRefused) as refused:
        one_per_frame(faces_of(shape, 3))
    assert (refused.value.value, refused.value.allowed) == (value, allowed)


def test_the_face_under_the_point_is_followed_both_ways() -> None:
    frames = [[box(40 + 5 * step), box(200 - 5 * step)] for step in range(10)]
    shuffled = [faces[::-1] if number % 2 else faces for number, faces in enumerate(frames)]
    found = followed(faces_of(shuffled, 10), frame_number=4, point=(190, 20))
    assert found == tuple((200 - 5 * step, 10, 220 - 5 * step, 30) for step in range(10))


def test_a_face_that_is_lost_is_none_until_it_comes_back() -> None:
    frames = faces_of([[box(10), box(70)], [box(70)], [], [box(70), box(14)]], 4)
    assert followed(frames, frame_number=0, point=(15, 15)) == (LEFT, None, None, (14, 10, 34, 30))


def test_a_quick_face_is_followed_by_its_nearest_centre() -> None:
    frames = faces_of([[box(10, size=10), box(70, size=10)], [box(20, size=10), box(70, size=10)]], 2)
    assert followed(frames, frame_number=0, point=(12, 12))[1] is None
    frames = faces_of([[box(10, size=10), box(70, size=10)], [box(19, size=10), box(70, size=10)]], 2)
    assert followed(frames, frame_number=0, point=(12, 12))[1] == (19, 10, 29, 20)


def test_of_two_boxes_under_the_point_the_smaller_is_meant() -> None:
    frames = faces_of([[box(0, 0, 100), box(10)]], 1)
    assert followed(frames, frame_number=0, point=(15, 15)) == (LEFT,)


def test_no_box_under_the_point() -> None:
    frames = faces_of([[box(10)], [box(10)]], 2)
    with pytest.raises(BoxesRefused, match=r"^no box under the point 50, 50 of frame 1$"):
        followed(frames, frame_number=1, point=(50, 50))
    with pytest.raises(BoxesRefused, match=r"^frame 2$"):
        followed(frames, frame_number=2, point=(15, 15))


def test_masks() -> None:
    mask = torch.zeros(3, 40, 100)
    mask[0, 10:30, 10:30] = 1
    mask[2, 10:30, 70:90] = 0.8
    mask[2, 0, 0] = 0.4
    assert one_per_frame(faces_in_mask(mask, 3)) == (LEFT, None, RIGHT)
    assert one_per_frame(faces_in_mask(mask[0], 2)) == (LEFT, LEFT)
    with pytest.raises(BoxesRefused, match="masks for 3 frames"):
        faces_in_mask(mask, 4)


def test_boxes_are_cut_to_the_picture() -> None:
    assert inside([(-5, -5, 10, 10), None, (90, 90, 120, 120)], 100, 95) == ((0, 0, 10, 10), None, (90, 90, 100, 95))
    with pytest.raises(BoxesRefused, match="outside the picture"):
        inside([(200, 10, 220, 30), None], 100, 100)


boxes = st.tuples(st.integers(0, 80), st.integers(0, 80)).map(lambda at: box(*at))


@given(st.lists(st.lists(boxes, max_size=4), min_size=1, max_size=12), st.data())
def test_whatever_is_found_is_one_of_the_faces_of_its_frame(frames: list[list[dict[str, Any]]], data: st.DataObject) -> None:
    faces = faces_of(frames, None)
    filled = [number for number, found in enumerate(faces) if found]
    if not filled:
        return
    start = data.draw(st.sampled_from(filled))
    x1, y1, _, _ = data.draw(st.sampled_from(faces[start]))
    found = followed(faces, frame_number=start, point=(x1, y1))
    assert len(found) == len(faces)
    assert found[start] is not None
    assert all(one is None or one in choice for one, choice in zip(found, faces, strict=True))
