"""The plan is the seed's alone, and spreads what it has over everything."""

from __future__ import annotations

from collections import Counter

from tests.chaos.faults import FAULTS
from tests.chaos.plan import EVERYTHING, draw
from tests.chaos.points import AT_SYNC_ALONE, POINTS


def test_the_same_seed_is_the_same_plan() -> None:
    assert draw(7, jobs=300, kills=40) == draw(7, jobs=300, kills=40)
    assert draw(7, jobs=300, kills=40) != draw(8, jobs=300, kills=40)


def test_kills_are_spread_over_every_point() -> None:
    plan = draw(1, jobs=2000, kills=200)
    deaths = Counter(life.point for lives in plan.lives.values() for life in lives)
    assert set(deaths) == set(POINTS)
    assert max(deaths.values()) - min(deaths.values()) <= 1
    restarts = sum(weather.sandbox_dies for weather in plan.weathers)
    assert deaths.total() + restarts == 200
    assert restarts >= 10
    segmind = {user.name for user in EVERYTHING.users if user.service == "Segmind"}
    assert not any(life.point in AT_SYNC_ALONE for name in segmind for life in plan.lives[name])


def test_everybody_wishes_and_no_two_wishes_are_one() -> None:
    plan = draw(1, jobs=2000, kills=200)
    wishes = {wish for queue in plan.wishes.values() for wish in queue}
    assert len({wish.id for wish in wishes}) == 2000
    assert len({(wish.content, wish.take) for wish in wishes}) == 2000
    assert {wish.left for wish in wishes} == {True, False}
    for user in EVERYTHING.users:
        assert bool(plan.forgets_after[user.name]) is user.forgetful
        if user.service == "Segmind":
            assert {wish.take for wish in plan.wishes[user.name]} == {0}, "only its content tells whose a purchase is"


def test_every_kind_of_fault_comes() -> None:
    plan = draw(1, jobs=2000, kills=200)
    drawn = {(fault["operation"], fault["kind"]) for weather in plan.weathers for fault in weather.faults}
    assert drawn == {(fault["operation"], fault["kind"]) for fault in FAULTS}
    assert {weather.settings["segmind_record_s"] for weather in plan.weathers} == {3600.0, 5.0, 0.0}


def test_clocks_jump_both_ways() -> None:
    jumps = [life.clock_h for lives in draw(1, jobs=2000, kills=200).lives.values() for life in lives]
    assert min(jumps) < -1
    assert max(jumps) > 1
