"""What is said of a batch that is not finite: by a plugin that explains it, or plainly."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

from hyperpose_core.contracts.events import Explanation, NotFiniteEvent

NAMED = 4
"""How many samples a message names."""


def plainly(event: NotFiniteEvent) -> Explanation:
    """Return what is known without a look into the network."""
    if event.annotations:
        bad = named([event.samples[i] for i in event.annotations], list(event.annotations.values()))
        text = f"{event.what}: not finite in its batch: {bad}. Mend or remove it."
    else:
        images = named(event.samples)
        text = f"{event.what}; its batch: {images}. Look at these images, or {slower(event)}."
    return Explanation(text=text, guilty=bool(event.annotations))


def named(
    samples: Sequence[tuple[int | str, str]], notes: Sequence[Sequence[str]] | None = None
) -> str:
    """Name the first samples, and how many more there are.

    Args:
        samples: id and path of each.
        notes: what is said of each.
    """
    texts = [f"id {name!r} ({path})" for name, path in samples[:NAMED]]
    if notes:
        texts = [f"{t}: {', '.join(of)}" for t, of in zip(texts, notes, strict=False)]
    return "; ".join(texts) + more(len(samples))


def more(count: int) -> str:
    """Say how many of so many samples are not named."""
    return f" and {count - NAMED} more" if count > NAMED else ""


def slower(event: NotFiniteEvent) -> str:
    """Say by what settings a training runs away more slowly."""
    train = event.settings["train"]
    return (
        f"lower train.learning_rate (now {train['learning_rate']:g}) or train.clip_norm (now "
        f"{train['clip_norm']:g})"
    )


def together(found: Sequence[Explanation]) -> Explanation:
    """Return what several plugins say of one batch as one explanation."""
    files = {name: content for one in found for name, content in one.files.items()}
    text = " ".join(one.text for one in found)
    return Explanation(text=text, guilty=any(one.guilty for one in found), files=files)


def packed(found: Explanation) -> bytes:
    """Return an explanation as bytes, to send to worker 0."""
    files = {name: b64encode(content).decode() for name, content in found.files.items()}
    return json.dumps({"text": found.text, "guilty": found.guilty, "files": files}).encode()


def unpacked(data: bytes) -> Explanation:
    """Return what `packed` made."""
    found: Mapping[str, str] = (fields := json.loads(data)).pop("files")
    return Explanation(**fields, files={n: b64decode(content) for n, content in found.items()})
