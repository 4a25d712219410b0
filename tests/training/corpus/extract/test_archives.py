"""Archives are read member by member; nothing in them leads out, unpacks without end or hides."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile

import pytest
import zstandard

from tests.training.corpus.extract.pdfs import pdf
from tests.training.corpus.extract.reading import read

MEMBERS = {
    "a.txt": b"plain words",
    "deep/b.csv": b"id,text\n1,cell\n2\n",
    "c.jsonl": b'{"text": "row"}\n',
    "d.html": b"<html><body><p>page of words</p></body></html>",
    "e.pdf": pdf([["printed words"]]),
}
TEXTS = ["plain words", "cell", "row", "page of words", "printed words"]


def packed_zip(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def packed_tar(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


PACKED = {
    "zip": ("all.zip", packed_zip(MEMBERS)),
    "tar": ("all.tar", packed_tar(MEMBERS)),
    "gz": ("all.tar.gz", gzip.compress(packed_tar(MEMBERS), mtime=0)),
    "zst": ("all.tar.zst", zstandard.compress(packed_tar(MEMBERS))),
}


@pytest.mark.parametrize("format", PACKED)
def test_every_member_is_read_by_the_reader_of_its_kind(tmp_path, format):
    name, data = PACKED[format]
    reading = read(tmp_path, format, data, name=name)
    assert reading.texts == TEXTS
    assert [row["member"] for row in reading.rows] == list(MEMBERS)
    assert [member["format"] for member in reading.result.members] == [
        "txt", "csv", "jsonl", "html", "pdf",
    ]  # fmt: skip
    fault = reading.result.faults[0]
    assert (fault["member"], fault["line"]) == ("deep/b.csv", 3)


@pytest.mark.parametrize("format", PACKED)
def test_an_archive_cut_off_is_refused_whole(tmp_path, format):
    name, data = PACKED[format]
    # Behind its last member a tar is padded with zeros.
    cut = data.rindex(b"%%EOF") if format == "tar" else 2 * len(data) // 3
    reading = read(tmp_path, format, data[:cut], name=name)
    assert "is cut off" in reading.result.refused or "is damaged" in reading.result.refused
    assert reading.rows == []


def test_one_packed_file_keeps_its_name(tmp_path):
    reading = read(tmp_path, "gz", gzip.compress(b'{"text": "x"}\n'), name="data.jsonl.gz")
    assert [(row["member"], row["text"]) for row in reading.rows] == [("data.jsonl", "x")]


def test_two_gzip_and_two_zstd_streams_after_each_other_are_one_file(tmp_path):
    lines = [b'{"text": "one"}\n', b'{"text": "two"}\n']
    gzipped = b"".join(map(gzip.compress, lines))
    assert read(tmp_path, "gz", gzipped, name="x.jsonl.gz").texts == ["one", "two"]
    zstd = b"".join(map(zstandard.compress, lines))
    assert read(tmp_path, "zst", zstd, name="x.jsonl.zst").texts == ["one", "two"]


@pytest.mark.parametrize(
    "name", ["../x.txt", "/etc/x.txt", "a/../../x.txt", "C:\\x.txt", "..\\x.txt"]
)
def test_a_name_that_leads_out_is_left_out_and_the_others_are_read(tmp_path, name):
    reading = read(tmp_path, "zip", packed_zip({name: b"evil", "good.txt": b"good"}))
    assert reading.texts == ["good"]
    assert "leads out of its archive" in reading.result.faults[0]["reason"]


@pytest.mark.parametrize(
    "type", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_a_tar_are_left_out(tmp_path, type):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("odd.txt")
        info.type, info.linkname = type, "/etc/passwd"
        archive.addfile(info)
        info = tarfile.TarInfo("good.txt")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"good"))
    reading = read(tmp_path, "tar", file.getvalue())
    assert reading.texts == ["good"]
    assert reading.result.num_faults == 1


def test_a_link_in_a_zip_is_left_out(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("good.txt", "good")
    reading = read(tmp_path, "zip", file.getvalue())
    assert reading.texts == ["good"]
    assert reading.result.faults[0]["reason"].startswith("is a link")


def test_an_encrypted_member_is_told(tmp_path):
    data = bytearray(packed_zip({"secret.txt": b"secret words", "good.txt": b"good"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    reading = read(tmp_path, "zip", bytes(data))
    assert reading.texts == ["good"]
    assert "is encrypted; unpack the archive with its password" in str(reading.result.faults[0])


def zip_bomb() -> bytes:
    return packed_zip({"zeros.txt": (b"0" * 1_000_000 + b"\n") * 200})


def test_a_zip_bomb_is_refused_with_the_limit(tmp_path):
    refused = read(tmp_path, "zip", zip_bomb(), split="lines").result.refused
    assert refused.startswith("unpacks to more than 200 times its own size, as zip bombs do")


@pytest.mark.parametrize("format", ["gz", "zst"])
def test_a_stream_that_unpacks_without_end_is_refused(tmp_path, format):
    line = b'{"text": "' + b"a" * 1_000_000 + b'"}\n'
    plain = line * (100_000_000 // len(line))
    data = gzip.compress(plain, 9) if format == "gz" else zstandard.compress(plain)
    reading = read(tmp_path, format, data, name=f"x.jsonl.{format}", max_ratio=20)
    assert reading.result.refused.startswith("unpacks to more than 20 times its own size")
    assert reading.rows == []


def test_too_many_members_and_too_many_bytes_are_refused(tmp_path):
    many = packed_zip({f"{n}.txt": b"words" for n in range(20)})
    assert "more than 10 members" in read(tmp_path, "zip", many, max_members=10).result.refused
    large = packed_zip({"x.txt": b"some words\n" * 1_000})
    refused = read(tmp_path, "zip", large, max_unpacked_bytes=5_000).result.refused
    assert "unpacks to more than 5.0 kB" in refused


def test_archives_in_archives_are_read_down_to_a_depth(tmp_path):
    data, names = b"words", []
    member = "x.txt"
    for depth in range(4):
        data = packed_zip({member: data})
        member = f"{depth}.zip"
        names.append(member)
    reading = read(tmp_path, "zip", data, max_depth=3)
    assert reading.rows[0]["member"] == "2.zip!/1.zip!/0.zip!/x.txt"
    refused = read(tmp_path, "zip", data, max_depth=2).result
    assert "more than 2 deep" in str(refused.faults)
    assert refused.num_documents == 0


def test_a_member_refused_half_way_leaves_nothing_and_the_others_stay(tmp_path):
    bad = b"short\n" * 5_000 + b"x" * (17 << 20)
    reading = read(tmp_path, "zip", packed_zip({"bad.txt": bad, "good.txt": b"ok"}), split="lines")
    assert reading.texts == ["ok"]
    assert (reading.result.num_documents, reading.result.num_text_bytes) == (1, 2)
    assert reading.result.members[0]["refused"].startswith("line 5001 is longer than 16 MiB")


def test_an_inner_archive_that_is_refused_takes_back_what_it_gave(tmp_path):
    inner = packed_tar({"one.txt": b"one", "two.txt": b"two " * 500})[:1_500]
    reading = read(tmp_path, "zip", packed_zip({"in.tar": inner, "good.txt": b"good"}))
    assert reading.texts == ["good"]
    assert reading.result.num_documents == 1


def test_twice_the_same_name_is_read_once(tmp_path):
    data = packed_zip({"a.txt": b"first", "b.txt": b"second"}).replace(b"b.txt", b"a.txt")
    reading = read(tmp_path, "zip", data)
    assert reading.texts == ["first"]
    assert "same name as an earlier member" in reading.faults[0][1]


def test_names_are_shown_without_control_or_direction_characters(tmp_path):
    names = ["\u202egpj.txt", "<script>alert(1)</script>.txt", "n" * 300 + ".txt", "a\nb.txt"]
    reading = read(tmp_path, "zip", packed_zip(dict.fromkeys(names, b"words")))
    shown = [row["member"] for row in reading.rows]
    assert shown[0] == "<U+202E>gpj.txt"
    assert len(shown) == 4
    assert all(len(name) <= 121 and name.isprintable() for name in shown)


def test_a_chinese_name_without_a_mark_is_read(tmp_path):
    data = packed_zip({"AAAA.txt": b"words"}).replace(b"AAAA", "中文".encode("gb18030"))
    assert read(tmp_path, "zip", data).rows[0]["member"] == "中文.txt"


def test_system_files_are_passed_over_and_counted(tmp_path):
    members = {"__MACOSX/._a.txt": b"\0\1", "x/.DS_Store": b"\0", "a.txt": b"words"}
    reading = read(tmp_path, "zip", packed_zip(members))
    assert reading.texts == ["words"]
    assert list(reading.result.warnings.values()) == [2]


def test_a_member_with_a_wrong_ending_is_read_as_what_it_is(tmp_path):
    reading = read(
        tmp_path, "zip", packed_zip({"a.txt": pdf([["printed"]]), "b.pdf": b"just text"})
    )
    assert reading.texts == ["printed"]
    assert "named .txt, but it is a PDF; read as one" in next(iter(reading.result.warnings))
    assert "is named .pdf but is no PDF" in reading.result.faults[0]["reason"]


LONG = ("x" * 70 + "/one/" + "y" * 70 + ".txt", "x" * 70 + "/two/" + "y" * 70 + ".txt")


def test_members_whose_names_look_alike_when_they_are_cut_are_all_read(tmp_path):
    data = packed_zip({LONG[0]: b"first words", LONG[1]: b"second words"})
    reading = read(tmp_path, "zip", data, name="long.zip")
    assert reading.texts == ["first words", "second words"]
    assert len({row["member"] for row in reading.rows}) == 2
    assert reading.result.num_members_refused == 0


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_that_comes_twice_in_an_archive_is_read_once(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for _ in range(2):
            archive.writestr("inner.zip", packed_zip({"a.txt": b"words inside"}))
    reading = read(tmp_path, "zip", file.getvalue(), name="twice.zip")
    assert reading.texts == ["words inside"]
    assert [fault["reason"] for fault in reading.result.faults] == [
        "has the same name as an earlier member; rename one of them"
    ]


def test_a_member_whose_header_is_damaged_does_not_cost_the_others(tmp_path):
    data = packed_zip({"a.txt": b"first words", "b.txt": b"second words"})
    reading = read(tmp_path, "zip", data.replace(b"a.txt", b"A.txt", 1), name="torn.zip")
    assert reading.texts == ["second words"]
    ((_, reason),) = reading.faults
    assert reason.startswith("is damaged")
    assert reason.endswith("pack it again")
