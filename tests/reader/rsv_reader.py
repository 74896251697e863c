#!/usr/bin/env python3
"""Reads rsv's repository format 1 and its managed disks, written from docs/format.md alone.

    rsv_reader.py points FOLDER                            lists recovery points; needs no key
    rsv_reader.py restore FOLDER ITEM POINT DISK OUT       writes a disk as a raw image
    rsv_reader.py disk FOLDER DISK-ID OUT                  the same from a managed disk

`restore` and `disk` read the unwrapped data-encryption key, 64 hex digits, from standard input.
DISK is the disk's place in the recovery point, from 0. Needs cryptography, blake3 and zstandard.
"""

import hashlib
import hmac
import os
import sys
import uuid

import zstandard
from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

HOLE = bytes(32)
PAGE_IDS = 4096


class Damaged(Exception):
    """Stored bytes are not what a writer wrote."""


def check(condition, problem):
    if not condition:
        raise Damaged(problem)


# 1. Conventions


def canonical(*parts):
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def hkdf(key, info, length):
    return HKDFExpand(algorithm=hashes.SHA512(), length=length, info=info).derive(key)


def derive(key, label, *parts):
    return hkdf(key, canonical(label.encode(), *parts), 32)


def u64(value):
    return value.to_bytes(8, "big")


def u32(value):
    return value.to_bytes(4, "big")


class Fields:
    """Takes fields off the front of some bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        check(self.at + count <= len(self.data), "cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def int(self, count):
        return int.from_bytes(self.take(count), "big")

    def counted(self):
        return self.take(self.int(4))

    def start(self, magic, kind):
        check(self.take(8) == magic and self.int(1) == kind, "another kind of object")
        check(self.int(1) == 1, "unknown version")

    def zeros(self, count):
        check(not any(self.take(count)), "reserved bytes are not zero")

    def sections(self):
        for _ in range(self.int(2)):
            check(not self.int(2) & 0x8000, "unknown critical section")
            self.counted()

    def end(self):
        check(self.at == len(self.data), "bytes after the end")


class Messages:
    """Key, base nonce and commitment of a pack or stream; opens message i."""

    def __init__(self, key, info, commitment):
        keys = hkdf(key, info, 76)
        check(hmac.compare_digest(keys[44:], commitment), "another key")
        self.aead, self.base = AESGCM(keys[:32]), int.from_bytes(keys[32:44], "big")

    def open(self, number, sealed, aad):
        nonce = (self.base ^ number).to_bytes(12, "big")
        try:
            return self.aead.decrypt(nonce, bytes(sealed), aad)
        except InvalidTag:
            raise Damaged("not authentic") from None


def open_stream(key, context, sealed):
    """Cobblestone-256 (section 1.1)."""
    fields = Fields(sealed)
    salt, commitment = fields.take(24), fields.take(32)
    label = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
    messages = Messages(key, label + salt + context, commitment)
    plain, number = bytearray(), 0
    while True:
        chunk = messages.open(number, fields.take(min(16400, len(sealed) - fields.at)), b"")
        plain += chunk
        number += 1
        if len(chunk) < 16384:
            fields.end()
            return bytes(plain)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def names(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


# 7. Recovery points


class Point:
    def __init__(self, data):
        fields = Fields(data)
        fields.start(b"RSVPOINT", 5)
        self.klass = fields.int(1)
        fields.zeros(1)
        self.epoch = fields.int(4)
        self.owner, self.item, self.id = fields.take(16), fields.take(16), fields.take(16)
        self.sequence, self.previous = fields.int(8), fields.take(32)
        self.created, self.label = fields.int(8), fields.counted()
        self.front = data[: fields.at]
        body_digest, body_length = fields.take(32), fields.int(8)
        self.digest = hashlib.sha256(data[: fields.at]).digest()
        self.body = data[fields.at :]
        check(len(self.body) == body_length, "body of another length")
        check(hashlib.sha256(self.body).digest() == body_digest, "body of another digest")


class Tombstone:
    """A run of expired points (section 7.1)."""

    def __init__(self, data):
        fields = Fields(data)
        fields.start(b"RSVTOMBS", 9)
        self.klass = fields.int(1)
        fields.zeros(1)
        self.epoch, self.owner, self.item = fields.int(4), fields.take(16), fields.take(16)
        self.first, self.last = fields.int(8), fields.int(8)
        self.previous, self.digest = fields.take(32), fields.take(32)
        self.created = fields.int(8)
        self.fields, self.mac = data[: fields.at], fields.take(32)
        fields.end()
        check(0 < self.first <= self.last, "an impossible run")


def entries(folder, item):
    """The points and tombstones of an item's chain that count, in order; links are checked."""
    place = os.path.join(folder, "points", item)
    points, stones = [], []
    for name in names(place):
        if name.endswith(".gone"):
            stone = Tombstone(read(os.path.join(place, name)))
            check(name == f"{stone.first:016}-{stone.last:016}.gone", "another name")
            stones.append(stone)
        else:
            point = Point(read(os.path.join(place, name)))
            check(name == f"{point.sequence:016}-{uuid.UUID(bytes=point.id)}", "another name")
            point.first = point.last = point.sequence
            points.append(point)

    def covered(entry):
        inside = lambda s: s is not entry and s.first <= entry.first and entry.last <= s.last
        return any(inside(stone) for stone in stones)

    found = sorted((e for e in points + stones if not covered(e)), key=lambda e: e.first)
    for before, entry in zip(found, found[1:]):
        linked = before.last + 1 == entry.first and entry.previous == before.digest
        check(linked, "not linked to the point before")
    for entry in found:
        check(uuid.UUID(bytes=entry.item) == uuid.UUID(item), "another item")
    check(not found or isinstance(found[-1], Point), "the newest point is gone")
    return found


def chain(folder, item):
    """The recovery points of an item, oldest first; links are checked, no key is needed."""
    return [entry for entry in entries(folder, item) if isinstance(entry, Point)]


class Disk:
    def __init__(self, fields):
        self.lun, self.role, self.label = fields.int(2), fields.int(1), fields.counted()
        self.size, self.log2 = fields.int(8), fields.int(1)
        check(12 <= self.log2 <= 22, "impossible chunk size")
        fields.take(24)
        self.chunks = -(-self.size // (1 << self.log2))
        count = fields.int(4)
        check(count == -(-self.chunks // PAGE_IDS), "another page count")
        self.pages = [fields.take(32) for _ in range(count)]

    def chunk_length(self, number):
        return min(1 << self.log2, self.size - (number << self.log2))


# 3, 5, 6. Configuration, packs, index


class Repository:
    def __init__(self, folder, dek):
        self.folder = folder
        data = read(os.path.join(folder, "config"))
        fields = Fields(data[:-32])
        fields.start(b"RSVCONFG", 1)
        self.klass = fields.int(1)
        fields.zeros(1)
        self.epoch = fields.int(4)
        fields.take(16)
        check(fields.int(8) == 0, "unknown incompatible features")
        self.owner = fields.take(16)
        self.domains = [fields.take(19)[:16] for _ in range(fields.int(2))]
        fields.sections()
        fields.end()
        key = {name: derive(dek, f"rsv/v1/{name}", self.owner) for name in
               ("pack", "stream", "id", "man", "conf")}
        mac = hmac.digest(key["conf"], canonical(b"rsv/v1/config", data[:-32]), "sha256")
        check(hmac.compare_digest(mac, data[-32:]), "configuration is not authentic")
        self.key = key
        self.packs = {}
        self.index = self.read_index()

    def ours(self, klass, epoch, owner, domain=None):
        same = (klass, epoch, owner) == (self.klass, self.epoch, self.owner)
        check(same and (domain is None or domain in self.domains), "belongs elsewhere")

    def read_index(self):
        """Blob id to (salt, offset, stored, plain, number, codec, kind)."""
        segments, gone, entries = {}, set(), {}
        for name in names(os.path.join(self.folder, "index")):
            if name.startswith("."):
                continue
            segment = self.read_segment(read(os.path.join(self.folder, "index", name)), name)
            segments[segment[0]] = segment[2]
            gone.update(segment[1])
        for name, found in segments.items():
            if name not in gone:
                for blob, place in found.items():
                    entries.setdefault(blob, place)
        return entries

    def read_segment(self, data, name):
        fields = Fields(data)
        fields.start(b"RSVINDEX", 4)
        klass = fields.int(1)
        fields.zeros(1)
        epoch, owner, domain = fields.int(4), fields.take(16), fields.take(16)
        self.ours(klass, epoch, owner, domain)
        writer, generation = fields.take(16), fields.int(8)
        check(name == f"{uuid.UUID(bytes=writer)}-{generation:016}", "another name")
        superseded = [(fields.take(16), fields.int(8)) for _ in range(fields.int(4))]
        context = canonical(b"rsv/v1/index-segment", data[: fields.at])
        plain = open_stream(self.key["stream"], context, data[fields.at :])
        tail = Fields(plain[-13:])
        packs, count, bits = tail.int(4), tail.int(8), tail.int(1)
        check(len(plain) == packs * 60 + count * 52 + (4 << bits) + 13, "tables that do not fit")
        rows = Fields(plain)
        salts = [rows.take(60)[:24] for _ in range(packs)]
        found = {}
        for _ in range(count):
            blob, row = rows.take(32), rows.int(4)
            offset, stored, length = rows.int(4), rows.int(4), rows.int(4)
            check(row < packs, "names a pack it does not list")
            found[blob] = (salts[row], offset, stored, length, rows.int(2), rows.int(1), rows.int(1))
        return (writer, generation), superseded, found

    def pack(self, salt):
        if salt not in self.packs:
            name = salt.hex()
            data = read(os.path.join(self.folder, "packs", name[:2], name))
            fields = Fields(data)
            fields.start(b"RSVPACK1", 2)
            check(fields.take(5) == bytes([1] * 5), "unknown algorithms")
            klass, epoch, owner, domain = fields.int(1), fields.int(4), fields.take(16), fields.take(16)
            self.ours(klass, epoch, owner, domain)
            fields.take(16)
            check(fields.take(24) == salt, "another salt")
            info = canonical(b"rsv/v1/pack+AEAD_AES_256_GCM", salt, owner, domain, bytes([klass]), u32(epoch))
            self.packs[salt] = data, Messages(self.key["pack"], info, fields.take(32))
        return self.packs[salt]

    def blob(self, name, kind, length):
        check(name in self.index, f"blob {name.hex()} is in no index segment")
        salt, offset, stored, plain_length, number, codec, found_kind = self.index[name]
        check((found_kind, plain_length) == (kind, length), "another kind or length")
        check(codec in (0, 1) and stored <= length, "a blob that cannot be")
        data, messages = self.pack(salt)
        sealed = Fields(data[offset:]).take(stored + 16)
        aad = canonical(b"rsv/v1/blob", self.owner, salt, u64(number), name, u32(plain_length), u32(stored),
                        bytes([codec]), bytes([kind]))
        plain = messages.open(number, sealed, aad)
        if codec == 1:
            unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 24).decompressobj()
            plain = unpacker.decompress(plain)
            check(unpacker.eof and not unpacker.unused_data, "not one zstd frame")
        check(len(plain) == length, "another length")
        check(blake3(plain, key=self.key["id"]).digest() == name, "content is not its id's")
        return plain

    def disks(self, point):
        self.ours(point.klass, point.epoch, point.owner)
        key = derive(self.key["man"], "rsv/v1/point", point.item, point.id)
        fields = Fields(open_stream(key, canonical(b"rsv/v1/rp", point.front), point.body))
        disks = [Disk(fields) for _ in range(fields.int(2))]
        fields.sections()
        fields.end()
        return disks

    def check_tombstones(self, item):
        for stone in entries(self.folder, item):
            if isinstance(stone, Tombstone):
                self.ours(stone.klass, stone.epoch, stone.owner)
                key = derive(self.key["man"], "rsv/v1/tombstone", stone.item)
                mac = hmac.digest(key, canonical(b"rsv/v1/tombstone", stone.fields), "sha256")
                check(hmac.compare_digest(mac, stone.mac), "tombstone is not authentic")

    def chunks(self, disk):
        """The chunks of a disk that are stored: (offset, bytes)."""
        for page, page_id in enumerate(disk.pages):
            if page_id == HOLE:
                continue
            first = page * PAGE_IDS
            count = min(PAGE_IDS, disk.chunks - first)
            ids = Fields(self.blob(page_id, 2, 32 * count))
            for number in range(first, first + count):
                chunk = ids.take(32)
                if chunk != HOLE:
                    yield number << disk.log2, self.blob(chunk, 1, disk.chunk_length(number))


# 9. Managed disks


def managed_disk(folder, disk, dek):
    """The extents of a managed disk: image size, then (offset, bytes)."""
    disk_id = uuid.UUID(disk).bytes

    def part(name, kind):
        data = read(os.path.join(folder, disk, name))
        fields = Fields(data)
        fields.start(b"RSVDISK1", kind)
        fields.zeros(6)
        check(fields.take(16) == disk_id, "another disk")
        context = canonical(b"rsv-disk", disk_id, b"\x01", name.encode())
        return Fields(open_stream(derive(dek, f"rsv/v1/disk-{name}"), context, data[32:]))

    listed, data = part("map", 8), part("data", 7)
    size = listed.int(8)
    extents = [(listed.int(8), listed.int(8)) for _ in range(listed.int(8))]
    listed.end()
    chunks = [(offset, data.take(length)) for offset, length in extents]
    data.end()
    return size, chunks


def write_image(path, size, chunks):
    with open(path, "xb") as out:
        for offset, data in chunks:
            check(offset + len(data) <= size, "data outside of the image")
            out.seek(offset)
            out.write(data)
        out.truncate(size)


def main(words):
    if len(words) == 2 and words[0] == "points":
        for item in names(os.path.join(words[1], "points")):
            for point in chain(words[1], item):
                print(item, uuid.UUID(bytes=point.id), point.sequence, point.digest.hex())
    elif len(words) == 6 and words[0] == "restore":
        _, folder, item, wanted, number, out = words
        repository = Repository(folder, bytes.fromhex(sys.stdin.read().strip()))
        repository.check_tombstones(item)
        points = [p for p in chain(folder, item) if p.id == uuid.UUID(wanted).bytes]
        check(points, "no such recovery point")
        disk = repository.disks(points[0])[int(number)]
        write_image(out, disk.size, repository.chunks(disk))
    elif len(words) == 4 and words[0] == "disk":
        _, folder, disk, out = words
        write_image(out, *managed_disk(folder, disk, bytes.fromhex(sys.stdin.read().strip())))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Damaged, FileNotFoundError, zstandard.ZstdError) as error:
        sys.exit(f"rsv_reader: {error}")
