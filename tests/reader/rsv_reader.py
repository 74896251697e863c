#!/usr/bin/env python3
"""Reads rsv's repository format 1 and its managed disks, written from docs/format.md alone.

    rsv_reader.py points FOLDER                            lists recovery points; needs no key
    rsv_reader.py restore FOLDER ITEM POINT DISK OUT       writes a disk as a raw image
    rsv_reader.py disk FOLDER DISK-ID OUT                  the same from a managed disk

`restore` and `disk` read the unwrapped data-encryption keys from standard input, 64 hex digits a line,
one for each epoch. With infrastructure encryption a line `platform KEY` comes with them, for `points`
too. DISK is the disk's place in the recovery point, from 0. Needs cryptography, blake3, zstandard.
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
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
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
    return b"".join(be(len(part), 4) + part for part in parts)


def hkdf(key, info, length):
    return HKDFExpand(algorithm=hashes.SHA512(), length=length, info=info).derive(key)


def derive(key, label, *parts):
    return hkdf(key, canonical(label.encode(), *parts), 32)


def be(value, length):
    return value.to_bytes(length, "big")


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

    def __init__(self, key, info, commitment, cipher=AESGCM):
        keys = hkdf(key, info, 76)
        check(hmac.compare_digest(keys[44:], commitment), "another key")
        self.aead, self.base = cipher(keys[:32]), int.from_bytes(keys[32:44], "big")

    def open(self, number, sealed, aad):
        return self.aead.decrypt(be(self.base ^ number, 12), bytes(sealed), aad)


def open_stream(key, context, sealed):
    """Cobblestone-256 (section 1.1)."""
    label = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
    return open_chunks(key, label, context, sealed, AESGCM, 16384)


def open_outer(key, path, sealed):
    """The layer of infrastructure encryption (section 1.3)."""
    label = b"rsv/v1/outer+AEAD_CHACHA20_POLY1305\0"
    return open_chunks(key, label, canonical(b"rsv/v1/outer", path.encode()), sealed, ChaCha20Poly1305, 65536)


def open_chunks(key, label, context, sealed, cipher, size):
    fields = Fields(sealed)
    salt, commitment = fields.take(24), fields.take(32)
    messages = Messages(key, label + salt + context, commitment, cipher)
    plain, number = bytearray(), 0
    while True:
        chunk = messages.open(number, fields.take(min(size + 16, len(sealed) - fields.at)), b"")
        plain += chunk
        number += 1
        if len(chunk) < size:
            fields.end()
            return bytes(plain)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def names(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def read_stored(folder, outer, *path):
    """A pack, index segment or recovery point, without its outer layer."""
    data = read(os.path.join(folder, *path))
    return data if outer is None else open_outer(outer, "/".join(path), data)


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
        check(self.created <= 253_402_207_200_000, "beyond the calendar")
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


def entries(folder, item, outer=None):
    """The points and tombstones of an item's chain that count, in order; links are checked."""
    place = os.path.join(folder, "points", item)
    points, stones = [], []
    for name in names(place):
        if name.endswith(".gone"):
            stone = Tombstone(read(os.path.join(place, name)))
            check(name == f"{stone.first:016}-{stone.last:016}.gone", "another name")
            stones.append(stone)
        else:
            point = Point(read_stored(folder, outer, "points", item, name))
            check(name == f"{point.sequence:016}-{uuid.UUID(bytes=point.id)}", "another name")
            point.first = point.last = point.sequence
            points.append(point)

    def covered(entry):
        inside = lambda s: s is not entry and s.first <= entry.first and entry.last <= s.last
        return any(inside(stone) for stone in stones)

    for stone in stones:
        stands_for = (p.epoch for p in points if stone.first <= p.sequence <= stone.last)
        check(stone.epoch >= max(stands_for, default=0), "a tombstone for points of a newer epoch")
    found = sorted((e for e in points + stones if not covered(e)), key=lambda e: e.first)
    newest = 0
    for entry in found:
        check(uuid.UUID(bytes=entry.item) == uuid.UUID(item), "another item")
        check(entry.epoch >= newest, "an epoch older than that of a point before")
        newest = entry.epoch if isinstance(entry, Point) else newest
    for before, entry in zip(found, found[1:]):
        linked = before.last + 1 == entry.first and entry.previous == before.digest
        check(linked, "not linked to the point before")
    check(not found or isinstance(found[-1], Point), "the newest point is gone")
    return found


def chain(folder, item, outer=None):
    """The recovery points of an item, oldest first; links are checked, no key is needed."""
    return [entry for entry in entries(folder, item, outer) if isinstance(entry, Point)]


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


# 10. Wrap groups
class Wrap:
    """What a wrap group says of its data-encryption key."""

    def __init__(self, data):
        fields = Fields(data)
        check(fields.take(8) == b"RSVWRAP1" and fields.int(1) == 1, "not a wrap group")
        fields.take(1)
        self.klass = fields.int(1)
        fields.take(1)
        self.epoch, self.domain, self.owner = fields.int(4), fields.take(16), fields.take(16)
        self.commitment = fields.take(32)
        area, self.extensions = Fields(fields.take(fields.int(2))), {}
        while area.at < len(area.data):
            kind = area.int(2)
            check(kind == 0x8001 or not kind & 0x8000, "unknown critical extension")
            self.extensions[kind] = area.take(area.int(2))

    def carried(self, dek):
        """K_id of the epoch before, if this epoch goes on with it."""
        sealed = self.extensions.get(0x8001)
        if sealed is None:
            return None
        context = canonical(b"rsv/v1/carried-id", self.owner, self.domain, be(self.epoch, 4))
        return open_stream(derive(dek, "rsv/v1/carry", self.owner), context, sealed)


class Epoch:
    def __init__(self, dek, klass, epoch, owner, domains):
        self.klass, self.epoch, self.owner, self.domains = klass, epoch, owner, domains
        self.key = {name: derive(dek, f"rsv/v1/{name}", owner) for name in
                    ("pack", "stream", "id", "man", "conf")}


# 3, 5, 6. Configuration, packs, index
def configuration(folder):
    """The configuration's fields, not authenticated yet, and all its bytes."""
    data = read(os.path.join(folder, "config"))
    fields = Fields(data[:-32])
    fields.start(b"RSVCONFG", 1)
    klass = fields.int(1)
    fields.zeros(1)
    epoch = fields.int(4)
    fields.take(16)
    features = fields.int(8)
    check(features & ~1 == 0, "unknown incompatible features")
    check((features & 1) == klass >> 7, "class and features differ")
    owner = fields.take(16)
    domains = [fields.take(19)[:16] for _ in range(fields.int(2))]
    fields.sections()
    fields.end()
    return klass, epoch, owner, domains, data


def outer_key(folder, platform):
    """The key of the outer layer; none where there is no such layer."""
    klass, _, owner, _, _ = configuration(folder)
    if not klass & 0x80:
        return None
    check(platform, "the platform key was not given")
    return derive(platform, "rsv/v1/infrastructure", owner)


class Repository:
    def __init__(self, folder, deks, outer):
        self.folder, self.outer = folder, outer
        klass, epoch, self.owner, domains, data = configuration(folder)
        wraps = [Wrap(read(os.path.join(folder, "wraps", name))) for name in names(os.path.join(folder, "wraps"))]
        self.epochs = {}
        for dek in deks:
            commitment = derive(dek, "rsv/v1/commit", self.owner)
            found = [wrap for wrap in wraps if hmac.compare_digest(wrap.commitment, commitment)]
            if found:
                keys = Epoch(dek, found[0].klass, found[0].epoch, found[0].owner, [found[0].domain])
                keys.key["id"] = found[0].carried(dek) or keys.key["id"]
            else:
                # Without wrap groups there is one epoch only.
                keys = Epoch(dek, klass, epoch, self.owner, domains)
            check((keys.klass, keys.owner) == (klass, self.owner), "a key of another class or owner")
            self.epochs[keys.epoch] = keys
        check(epoch in self.epochs, "the key of the configuration's epoch was not given")
        mac = hmac.digest(self.epochs[epoch].key["conf"], canonical(b"rsv/v1/config", data[:-32]), "sha256")
        check(hmac.compare_digest(mac, data[-32:]), "configuration is not authentic")
        for keys in self.epochs.values():
            check(set(keys.domains) <= set(domains), "a domain that the configuration does not list")
        self.packs = {}
        self.index = self.read_index()

    def ours(self, klass, epoch, owner, domain=None):
        """The keys of an object's epoch."""
        check(epoch in self.epochs, "a key epoch that was not given")
        keys = self.epochs[epoch]
        check((klass, owner) == (keys.klass, keys.owner), "belongs elsewhere")
        check(domain is None or domain in keys.domains, "belongs elsewhere")
        return keys.key

    def read_index(self):
        """Blob id to (salt, offset, stored, plain, number, codec, kind)."""
        segments, gone, entries, newest = {}, set(), {}, max(self.epochs)
        listed = names(os.path.join(self.folder, "index"))
        for name in (name for name in listed if not name.startswith(".")):
            segment = self.read_segment(read_stored(self.folder, self.outer, "index", name), name)
            segments[segment[0]] = segment[1:]
        # One supersedes only its own epoch's and older ones.
        for epoch, superseded, _ in segments.values():
            gone.update(name for name in superseded if segments.get(name, (newest,))[0] <= epoch)
        for name, (_, _, found) in segments.items():
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
        key = self.ours(klass, epoch, owner, domain)
        writer, generation = fields.take(16), fields.int(8)
        check(name == f"{uuid.UUID(bytes=writer)}-{generation:016}", "another name")
        superseded = [(fields.take(16), fields.int(8)) for _ in range(fields.int(4))]
        context = canonical(b"rsv/v1/index-segment", data[: fields.at])
        plain = open_stream(key["stream"], context, data[fields.at :])
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
        return (writer, generation), epoch, superseded, found

    def pack(self, salt):
        if salt not in self.packs:
            name = salt.hex()
            data = read_stored(self.folder, self.outer, "packs", name[:2], name)
            fields = Fields(data)
            fields.start(b"RSVPACK1", 2)
            check(fields.take(5) == bytes([1] * 5), "unknown algorithms")
            klass, epoch, owner, domain = fields.int(1), fields.int(4), fields.take(16), fields.take(16)
            key = self.ours(klass, epoch, owner, domain)
            fields.take(16)
            check(fields.take(24) == salt, "another salt")
            info = canonical(b"rsv/v1/pack+AEAD_AES_256_GCM", salt, owner, domain, bytes([klass]), be(epoch, 4))
            self.packs[salt] = data, Messages(key["pack"], info, fields.take(32)), key["id"]
        return self.packs[salt]

    def blob(self, name, kind, length):
        check(name in self.index, f"blob {name.hex()} is in no index segment")
        salt, offset, stored, plain_length, number, codec, found_kind = self.index[name]
        check((found_kind, plain_length) == (kind, length), "another kind or length")
        check(codec in (0, 1) and stored <= length, "a blob that cannot be")
        data, messages, id_key = self.pack(salt)
        sealed = Fields(data[offset:]).take(stored + 16)
        aad = canonical(b"rsv/v1/blob", self.owner, salt, be(number, 8), name, be(plain_length, 4), be(stored, 4),
                        bytes([codec]), bytes([kind]))
        plain = messages.open(number, sealed, aad)
        if codec == 1:
            unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 24).decompressobj()
            plain = unpacker.decompress(plain)
            check(unpacker.eof and not unpacker.unused_data, "not one zstd frame")
        check(len(plain) == length, "another length")
        check(blake3(plain, key=id_key).digest() == name, "content is not its id's")
        return plain

    def disks(self, point):
        keys = self.ours(point.klass, point.epoch, point.owner)
        key = derive(keys["man"], "rsv/v1/point", point.item, point.id)
        fields = Fields(open_stream(key, canonical(b"rsv/v1/rp", point.front), point.body))
        disks = [Disk(fields) for _ in range(fields.int(2))]
        fields.sections()
        fields.end()
        return disks

    def check_tombstones(self, item):
        for stone in entries(self.folder, item, self.outer):
            if isinstance(stone, Tombstone):
                keys = self.ours(stone.klass, stone.epoch, stone.owner)
                key = derive(keys["man"], "rsv/v1/tombstone", stone.item)
                mac = hmac.digest(key, canonical(b"rsv/v1/tombstone", stone.fields), "sha256")
                check(hmac.compare_digest(mac, stone.mac), "tombstone is not authentic")

    def chunks(self, disk):
        """The chunks of a disk that are stored: (offset, bytes)."""
        stored = ((page * PAGE_IDS, name) for page, name in enumerate(disk.pages) if name != HOLE)
        for first, page_id in stored:
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
        fields = Fields(data := read(os.path.join(folder, disk, name)))
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


def given_keys():
    """The data-encryption keys and the platform key from standard input."""
    lines = [line.split() for line in sys.stdin if line.strip()]
    deks = [bytes.fromhex(words[0]) for words in lines if words[0] != "platform"]
    platform = [bytes.fromhex(words[1]) for words in lines if words[0] == "platform"]
    return deks, platform[0] if platform else None


def main(words):
    if len(words) == 2 and words[0] == "points":
        layered = configuration(words[1])[0] & 0x80
        outer = outer_key(words[1], given_keys()[1]) if layered else None
        for item in names(os.path.join(words[1], "points")):
            for point in chain(words[1], item, outer):
                print(item, uuid.UUID(bytes=point.id), point.sequence, point.digest.hex())
    elif len(words) == 6 and words[0] == "restore":
        _, folder, item, wanted, number, out = words
        deks, platform = given_keys()
        repository = Repository(folder, deks, outer_key(folder, platform))
        repository.check_tombstones(item)
        points = [p for p in chain(folder, item, repository.outer) if p.id == uuid.UUID(wanted).bytes]
        check(points, "no such recovery point")
        disk = repository.disks(points[0])[int(number)]
        write_image(out, disk.size, repository.chunks(disk))
    elif len(words) == 4 and words[0] == "disk":
        _, folder, disk, out = words
        write_image(out, *managed_disk(folder, disk, given_keys()[0][0]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Damaged, FileNotFoundError, InvalidTag, zstandard.ZstdError) as error:
        sys.exit(f"rsv_reader: {str(error) or 'not authentic'}")
