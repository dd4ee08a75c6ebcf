"""The stages of a project that a window may be for: known ones, and tags of the user's own.

A report has one text for all of its stages. Several in one window stand as ``data + training``:
those of the lifecycle first, then the families of techniques, then free tags by the alphabet.

The lifecycle is that of Mehlin et al., "Towards energy-efficient Deep Learning", 2023
(arXiv:2303.01980); the families are those of Xu et al., "A Survey on Green Deep Learning", 2021
(arXiv:2111.05193).
"""

from __future__ import annotations

import difflib
import inspect
import warnings
from collections.abc import Sequence
from typing import TypeAlias

from ..printable import shortened
from ..wrong_type import WrongTypeError
from .fields import MAX_STAGE

LIFECYCLE = ("infrastructure", "data", "modeling", "training", "deployment", "evaluation")
"""Mehlin et al.'s six, in the order of a project's life."""
FAMILIES = ("compact-network", "efficient-training", "efficient-inference", "efficient-data")
"""Xu et al.'s four families of techniques."""
ALIASES = {"inference": "deployment"}
KNOWN = (*LIFECYCLE, *FAMILIES)
UNTAGGED = "untagged"
"""What is called so that has no stage."""

MAX_TAG = 64
"""Characters of one stage."""
_JOINT = " + "
_NEAR = 0.8
"""How alike a tag and a known stage are, by difflib's ratio, for one to be meant by the other."""
_BEGUN = 4
"""Letters with which a known stage begins that are enough to mean it."""
_SHOWN = 80

Stages: TypeAlias = str | Sequence[str] | None
"""One stage, several, or none."""


def stage_of(stages: Stages) -> str | None:
    """Return the text for one stage or several: known ones as they are spelled, doubles once.

    Raises
    ------
    TypeError
        For what is no text.
    ValueError
        For a stage that is empty, too long, or holds the sign between two of them.
    """
    if stages is None:
        return None
    if not isinstance(stages, (str, list, tuple, set, frozenset)):
        raise WrongTypeError(
            f"the stage is {shortened(repr(stages), _SHOWN)}, not a text: name one, such as "
            '"training", or several, as ["data", "training"]'
        )
    several = (stages,) if isinstance(stages, str) else stages
    tags = sorted({_tag_of(each) for each in several}, key=_place)
    joined = _JOINT.join(tags)
    if len(joined) > MAX_STAGE:
        raise ValueError(
            f"the stages have {len(joined)} characters together, {MAX_STAGE} at most: give fewer"
        )
    return joined or None


def tags_of(stage: str | None) -> tuple[str, ...]:
    """Return the single stages of a report's text."""
    return tuple(stage.split(_JOINT)) if stage else ()


def order_of(stage: str | None) -> tuple[object, ...]:
    """Return a key that sorts the rows of a table: as stages are joined, the untagged last."""
    return (stage is None, [_place(tag) for tag in tags_of(stage)])


def hint(stage: str | None) -> str | None:
    """Return a sentence on the stages of a report that look like misspelled known ones."""
    meant = {tag: found for tag in tags_of(stage) if (found := _meant_by(tag))}
    if not meant:
        return None
    each = "; ".join(f'"{tag}": did you mean "{found}"?' for tag, found in meant.items())
    return f"Stage {each}"


_hinted: set[str] = set()
_PACKAGE = __name__.partition(".")[0]


def new_hint(stage: str | None) -> str | None:
    """Return :func:`hint` where it was not given before in the life of this program."""
    sentence = hint(stage)
    if sentence is None or sentence in _hinted:
        return None
    _hinted.add(sentence)
    return sentence


def hinted(stages: Stages) -> str | None:
    """Return :func:`stage_of`, and warn of each misspelled one, once in the life of a program.

    The warning is of the user's line, which is the first above this package's.
    """
    stage = stage_of(stages)
    if sentence := new_hint(stage):
        level, frame = 1, inspect.currentframe()
        while frame is not None and frame.f_globals["__name__"].partition(".")[0] == _PACKAGE:
            level, frame = level + 1, frame.f_back
        warnings.warn(sentence, UserWarning, stacklevel=level)
    return stage


def _tag_of(stage: object) -> str:
    """Return a single stage, checked; a known one as it is spelled."""
    if not isinstance(stage, str):
        raise WrongTypeError(
            f"the stage is {shortened(repr(stage), _SHOWN)}, not a text: name one, such as "
            '"training"'
        )
    tag = " ".join(stage.split())
    if not tag:
        raise ValueError('the stage is empty: leave it out, or name one, such as "training"')
    if _JOINT in f" {tag} ":
        shown = shortened(tag, _SHOWN)
        raise ValueError(
            f'the stage "{shown}" holds "+", which stands between two: give each on its own, '
            'as stage=["data", "training"] or --stage data --stage training'
        )
    if len(tag) > MAX_TAG:
        raise ValueError(f"the stage has {len(tag)} characters, {MAX_TAG} at most: shorten it")
    known = ALIASES.get(tag.lower(), tag.lower())
    return known if known in KNOWN else tag


def _place(tag: str) -> tuple[int, str]:
    """Return where a single stage stands among others."""
    return (KNOWN.index(tag) if tag in KNOWN else len(KNOWN), tag)


def _meant_by(tag: str) -> str | None:
    """Return the known stage that a free tag looks like."""
    if tag in KNOWN:
        return None
    begun = [stage for stage in KNOWN if len(tag) >= _BEGUN and stage.startswith(tag.lower())]
    near = difflib.get_close_matches(tag.lower(), [*KNOWN, *ALIASES], 1, _NEAR)
    return next(iter([*begun, *near]), None)
