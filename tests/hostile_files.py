"""Files that mean harm, by the fuzz target that reads them, and what is said of them.

Made by code when they are asked for. What would run leaves the file `ran` in the working folder.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
import torch_writer as torch
from archive_server import zipped
from fuzz.caffemodel import field

DEEP = b"[" * 100_000
DEEP_TABLES = b'{"config":' * 50_000
RUNS = b"cposix\nsystem\n(S'touch ran'\ntR."
RUNNING_YAML = b"a: !!python/object/apply:posix.system ['touch ran']"
BOMB = 100 * 2**20
"""Bytes that a few hundred thousand become: more than any file may by itself."""
Sample = tuple[str, str, bytes, str]


def samples() -> Iterator[Sample]:
    """Yield the fuzz target, what the file is, its bytes, and a part of the sentence.

    No part where nothing is said: whoever reads it goes on without what cannot be read.
    """
    for part in (_nested, _arrays, _pickles, _models, _images, _archives, _texts):
        yield from part()


def _nested() -> Iterator[Sample]:
    for target in ("coco_annotations", "coco_results", "mpii_json"):
        yield target, "lists without end", DEEP, "JSON: maximum recursion"
        yield target, "tables without end", DEEP_TABLES, "JSON: maximum recursion"
    yield "configuration", "tables without end", DEEP_TABLES, "is not TOML"
    deep = b"[train]\nscale = " + DEEP
    yield "configuration", "lists without end", deep, "is not TOML: maximum recursion"
    yield "setting", "lists without end", b"data.scale=" + DEEP, "data.scale"
    yield "skeleton_toml", "lists without end", b"keypoints = " + DEEP, "is not TOML"
    yield "export_document", "lists without end", DEEP, "is not what `hyperpose export` writes"
    yield "progress", "lists without end", DEEP, "is no checkpoint that this version reads"
    yield "archive", "a long name", zipped({"a" * 60_000: b"x"}), "in one part"
    yield "yolo", "lists without end", b"kpt_shape: " + b"[" * 5_000, "is not YAML"


def _arrays() -> Iterator[Sample]:
    head = b"\x93NUMPY\1\0"
    claim = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000)}\n"
    yield "npz_entry", "terabytes", head + struct.pack("<H", len(claim)) + claim, "entry.npz"
    yield "npz", "a bomb", _zip_bomb("w.npy"), "which no weights do"
    yield "coco_cache", "a bomb", _zip_bomb("key.npy"), ""
    yield "npz_entry", "a pickle that runs", _npy(RUNS), "posix.system"
    yield "matlab", "a bomb", _matlab_bomb(), "unpacks to more than"
    shape = field(1, b"\xff\xff\xff\xff\x07" * 4)
    blob = field(7, shape) + field(5, b"\0" * 4)
    net = field(100, field(1, b"conv") + field(7, blob))
    yield "caffemodel", "terabytes", net, "a blob of 1 numbers with the shape"
    yield "frozen_graph", "terabytes", _graph(2**40), "claim constants of"
    yield "frozen_graph", "eight gigabytes", _graph(2**31), "claim constants of"


def _pickles() -> Iterator[Sample]:
    yield "pickled", "one that runs", RUNS, "posix.system"
    yield "pickled", "a claim of terabytes", b"cbuiltins\nbytearray\n(J\xff\xff\xff\x7ftR.", "bytes"
    yield "pickled", "two gigabytes", b"\x80\5\x96\0\0\0\x7f\0\0\0\0abc", "cannot be unpickled"
    yield "pickled", "a far memory place", b"Nr\xff\xff\xff\x7f.", ""
    doubled = b"K\x01\x85\x94" + b"".join(b"0h%ch%c\x86\x94" % (i, i) for i in range(60))
    yield "pickled", "a key that is hashed without end", b"\x80\4}(" + doubled + b"Nu.", "over and"
    shared: list[object] = [1]
    for _ in range(60):
        shared = [shared, shared]
    yield "pickled", "lists in lists", pickle.dumps(shared), "over and over"
    arrays = {"w": np.ones(4, np.float32)}
    call = torch.text("evil") + b"cposix\nsystem\n(" + torch.text("touch ran") + b"tR"
    yield "torch_pickle", "one that runs", torch.state(arrays, more=call), "posix.system"
    size = torch.integer(4)
    large = torch.state(arrays).replace(size, torch.integer(2**31 - 1), 1)
    yield "torch_pickle", "a claim of gigabytes", large, "elements, not as said"
    view = b"".join(
        torch.text(f"w{n}") + torch.tensor(np.ones(2**20, np.float32), "0", legacy=False)
        for n in range(400)
    )
    many = torch.state({"w": np.ones(2**20, np.float32)}, more=view)
    yield "torch_pickle", "one storage that is seen 400 times", many, "are to become tensors"


def _models() -> Iterator[Sample]:
    from fuzz.export_document import seeds

    whole = json.loads(seeds()[0])
    for what, words, change in (
        ("of another file", "is not the file that", {"sha256": "0" * 64}),
        ("a stride of text", "stride is 'x'", {"stride": "x"}),
        ("maps of terabytes in words", "maps is", {"maps": {"conf": "9" * 40}}),
        ("a number for a table", "options is 5", {"options": 5}),
        ("a limb of nobody", "limb", {"skeleton": {**whole["skeleton"], "limbs": [[0, 10**9]]}}),
    ):
        yield "export_document", what, json.dumps({**whole, **change}).encode(), words


def _images() -> Iterator[Sample]:
    for name, data in _large_images().items():
        yield "image", f"{name} of 60,000 x 60,000 pixels", data, "large"


def _large_images() -> dict[str, bytes]:
    side = 60_000
    head = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head
    png += struct.pack(">I", zlib.crc32(head)) + b"\0\0\0\0IEND\xaeB`\x82"
    frame = struct.pack(">HBHHB", 17, 8, side, side, 3) + b"\1\x22\0\2\x11\1\3\x11\1"
    jpeg = b"\xff\xd8\xff\xc0" + frame + b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0\0\xff\xd9"
    gif = b"GIF89a" + struct.pack("<HHBBB", side, side, 0, 0, 0)
    gif += b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\2\1\0\0;"
    bmp = b"BM" + struct.pack("<IHHI", 54, 0, 0, 54)
    bmp += struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    ppm = b"P6\n60000 60000\n255\n"
    tags = [(256, 4, side), (257, 4, side), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8)]
    tags += [(277, 3, 1), (278, 4, side), (279, 4, 1)]
    rows = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    tiff = b"II*\0" + struct.pack("<IH", 8, len(tags)) + rows + b"\0" * 4
    return {"PNG": png, "JPEG": jpeg, "GIF": gif, "BMP": bmp, "PPM": ppm, "TIFF": tiff}


def _archives() -> Iterator[Sample]:
    yield "archive", "a path with ..", zipped({"../../ran": b"x"}), "outside of the folder"
    yield "archive", "an absolute path", zipped({"/ran": b"x"}), "outside of the folder"
    yield "archive", "a bomb", _zip_bomb("a.bin"), "100 times its size"
    for what, kind in (("a name", tarfile.GNUTYPE_LONGNAME), ("a pax header", tarfile.XHDTYPE)):
        yield "archive", f"{what} without end", _header_bomb(kind), "that are no file's content"
    for what, kind, name in (("link", tarfile.SYMTYPE, "/etc"), ("device", tarfile.CHRTYPE, "")):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            member = tarfile.TarInfo("a")
            member.type, member.linkname = kind, name
            archive.addfile(member)
        yield "archive", f"a {what}", buffer.getvalue(), "its member 'a' is"


def _texts() -> Iterator[Sample]:
    laughs = b"a0: &a0 [x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
    )
    yield "yolo", "names that stand for names", laughs + b"kpt_shape: *a11\n", "'kpt_shape' is"
    merged = b"a0: &a0 {x: 1}\n" + b"".join(
        b"a%d: &a%d {<<: [%s]}\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9))
        for n in range(1, 30)
    )
    yield "yolo", "tables merged into tables", merged, "merged over and over"
    yield "yolo", "a value that runs", RUNNING_YAML, "is not YAML"
    yield "plugin_metadata", "no text", b"[hyperpose]\n\xff\xfe = a", ""
    yield "command_list", "no text", b"\xff" * 1000, ""
    yield "run_logs", "lists without end", DEEP, ""
    counts = {"size": [65_535, 4_000], "counts": "o" * 10**6}
    region = {"segmentation": counts, "iscrowd": 1, "num_keypoints": 0, "keypoints": [0] * 9}
    yield "coco_annotations", "a region without end", _coco(**region), "val.json"


def _coco(**changes: object) -> bytes:
    from fuzz.coco_annotations import seeds

    whole = json.loads(seeds()[0])
    whole["annotations"][1].update(changes)
    return json.dumps(whole).encode()


def _npy(data: bytes) -> bytes:
    head = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + data


def _zip_bomb(name: str) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(name, "w", force_zip64=True) as file,
    ):
        for _ in range(BOMB >> 20):
            file.write(b"\0" * 2**20)
    return buffer.getvalue()


def _header_bomb(kind: bytes) -> bytes:
    """Return a .tar.gz whose one header has 512 MB, of which half a megabyte is left."""
    header = tarfile.TarInfo("a")
    header.type, header.size = kind, 2**29
    packer = zlib.compressobj(1, wbits=31)
    packed = [packer.compress(header.tobuf(tarfile.GNU_FORMAT))]
    packed += [packer.compress(b"a" * 2**20) for _ in range(512)]
    packed += [packer.compress(tarfile.TarInfo("b").tobuf() + bytes(1024)), packer.flush()]
    return b"".join(packed)


def _matlab_bomb() -> bytes:
    packer, packed = zlib.compressobj(1), []
    for _ in range(BOMB >> 20):
        packed.append(packer.compress(b"\0" * 2**20))
    data = b"".join([*packed, packer.flush()])
    return b" " * 124 + b"\0\1IM" + struct.pack("<II", 15, len(data)) + data


def _graph(count: int) -> bytes:
    from tensorflow.core.framework.graph_pb2 import GraphDef

    graph = GraphDef()
    node = graph.node.add(name="MobilenetV1/Conv2d_0/weights", op="Const")
    node.attr["dtype"].type = node.attr["value"].tensor.dtype = 1
    node.attr["value"].tensor.tensor_shape.dim.add(size=count)
    node.attr["value"].tensor.float_val.append(1)
    return graph.SerializeToString()
