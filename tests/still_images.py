"""Image files of every kind that people have, and files that only claim to be images."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 96, 64


def blocks(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Return blocks of colours: smooth enough for JPEG."""
    rows, columns = -(-height // 8), -(-width // 8)
    few = np.random.default_rng(0).integers(0, 256, (rows, columns, 3), np.uint8)
    return Image.fromarray(few.repeat(8, 0).repeat(8, 1)[:height, :width])


def _exif(orientation: int) -> Image.Exif:
    found = Image.Exif()
    found[0x0112] = orientation
    return found


def _transparent(mode: str) -> Image.Image:
    """Return blocks whose left half is transparent."""
    found = blocks().convert(mode)
    alpha = Image.new("L", found.size, 255)
    alpha.paste(0, (0, 0, WIDTH // 2, HEIGHT))
    found.putalpha(alpha)
    return found


def _grey16() -> Image.Image:
    return Image.fromarray(np.asarray(blocks().convert("L")).astype(np.uint16) * 257)


def _color16() -> bytes:
    """Return a PNG of 16 bits a colour, which Pillow reads and does not write."""
    pixels = np.asarray(blocks()).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return _png(WIDTH, HEIGHT, rows, bits=16)


def _animation() -> tuple[Image.Image, dict[str, Any]]:
    others = [Image.new("RGB", (WIDTH, HEIGHT), color) for color in ("red", "blue")]
    return blocks(), {"save_all": True, "append_images": others, "duration": 50}


Made = tuple[Image.Image, dict[str, Any]]
FILES: dict[str, Callable[[], Made | bytes]] = {
    "one_pixel.png": lambda: (blocks(1, 1), {}),
    "one_pixel.jpg": lambda: (blocks(1, 1), {}),
    "wide.png": lambda: (blocks(20_000, 8), {}),
    "wide.jpg": lambda: (blocks(20_000, 8), {"quality": 95}),
    "high.png": lambda: (blocks(8, 20_000), {}),
    "grey.png": lambda: (blocks().convert("L"), {}),
    "grey.jpg": lambda: (blocks().convert("L"), {"quality": 95}),
    "one_bit.png": lambda: (blocks().convert("1"), {}),
    "cmyk.jpg": lambda: (blocks().convert("CMYK"), {"quality": 95}),
    "progressive.jpg": lambda: (blocks(), {"progressive": True, "quality": 95}),
    "grey16.png": lambda: (_grey16(), {}),
    "color16.png": _color16,
    "rgba.png": lambda: (_transparent("RGB"), {}),
    "la.png": lambda: (_transparent("L"), {}),
    "palette.png": lambda: (blocks().convert("P"), {"transparency": 3}),
    "animated.gif": _animation,
    "animated.webp": lambda: (_animation()[0], {**_animation()[1], "lossless": True}),
    "lossy.webp": lambda: (blocks(), {"quality": 95}),
    "alpha.webp": lambda: (_transparent("RGB"), {"lossless": True, "exact": True}),
    "deflated.tif": lambda: (blocks(), {"compression": "tiff_deflate"}),
    "palette.bmp": lambda: (blocks().convert("P"), {}),
    **{
        f"turned{n}.{kind}": lambda n=n: (blocks(), {"exif": _exif(n), "quality": 95})  # type: ignore[misc]
        for n in range(2, 9)
        for kind in ("jpg", "png")
    },
}
"""Names of files, and a picture with the options of `save`, or the file's bytes."""


def write(path: Path, name: str) -> Path:
    """Write one of `FILES`."""
    made = FILES[name]()
    if isinstance(made, bytes):
        path.write_bytes(made)
    else:
        made[0].save(path, **made[1])
    return path


def _png(width: int, height: int, rows: bytes, bits: int = 8) -> bytes:
    """Return a PNG in RGB; `rows` may be anything else than what its size needs."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytearray:
    found = io.BytesIO()
    picture.save(found, kind, **options)
    return bytearray(found.getvalue())


def _jpeg(side: int) -> bytes:
    content = _saved(blocks(16, 16), "JPEG")
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(content)


def _bmp(side: int) -> bytes:
    content = _saved(blocks(16, 16), "BMP")
    content[18:26] = struct.pack("<ii", side, side)
    return bytes(content)


def _gif(side: int) -> bytes:
    content = _saved(blocks(16, 16), "GIF")
    frame = content.index(b"\x2c", 13)
    content[6:10] = content[frame + 5 : frame + 9] = struct.pack("<HH", side, side)
    return bytes(content)


def _tiff(side: int) -> bytes:
    content = _saved(blocks(16, 16), "TIFF", compression="tiff_deflate")
    [table] = struct.unpack_from("<I", content, 4)
    [count] = struct.unpack_from("<H", content, table)
    for at in range(table + 2, table + 2 + 12 * count, 12):
        [tag] = struct.unpack_from("<H", content, at)
        if tag in (256, 257, 278):  # width, height, rows of a strip
            struct.pack_into("<HHII", content, at, tag, 4, 1, side)
    return bytes(content)


def _webp(side: int) -> bytes:
    """Return a whole WebP that is black; its header has 14 bits a side."""
    content = _saved(Image.new("RGB", (16, 16)), "WEBP", lossless=True)
    at = content.index(b"VP8L") + 9
    rest = int.from_bytes(content[at : at + 4], "little") & ~0xFFFFFFF
    side = min(side, 1 << 14) - 1
    content[at : at + 4] = (rest | side | side << 14).to_bytes(4, "little")
    return bytes(content)


def _blank_png(side: int) -> bytes:
    """Return a whole PNG that is white, of some kilobytes."""
    return bytes(_saved(Image.new("1", (side, side), 1), "PNG"))


CLAIMS: dict[str, bytes] = {
    "claims.png": _png(60_000, 60_000, b"\0" * 100),
    "claims.jpg": _jpeg(60_000),
    "claims.bmp": _bmp(60_000),
    "claims.gif": _gif(60_000),
    "claims.tif": _tiff(60_000),
    "claims.webp": _webp(60_000),
    "whole.png": _blank_png(14_000),
}
"""Small files whose headers state more pixels than are read."""
