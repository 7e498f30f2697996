"""Outputs are whole or absent, never take the place of what is no file; digests are complete."""

from __future__ import annotations

import hashlib
import os
import stat
import threading

import pytest

from ckanext.budget.totem.files import sha256_of, whole_output


def test_the_digest_is_that_of_all_the_bytes(tmp_path):
    content = os.urandom(3 << 20) + b"the last piece is short"
    path = tmp_path / "document.xml"
    path.write_bytes(content)
    assert sha256_of(path) == hashlib.sha256(content).hexdigest()


def test_a_failure_leaves_the_former_file(tmp_path):
    output = tmp_path / "out.csv"
    output.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError), whole_output(output) as out:
        out.write(b"half")
        raise ZeroDivisionError
    assert output.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_pipe_stays_a_pipe_and_receives_all(tmp_path):
    """``-o /dev/null``, run by root, must not replace the device."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()), daemon=True)
    reader.start()
    with whole_output(pipe) as out:
        out.write(b"all")
    reader.join(60)
    assert received == [b"all"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere/out.csv", tmp_path / "out.csv"
    link.symlink_to(target)
    with whole_output(link) as out:
        out.write(b"all")
    assert link.is_symlink() and target.read_bytes() == b"all"


def test_a_folder_is_named_as_it_was_given(tmp_path):
    with pytest.raises(IsADirectoryError) as error, whole_output(tmp_path):
        pass
    assert error.value.filename == str(tmp_path)
