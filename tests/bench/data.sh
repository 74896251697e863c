#!/usr/bin/env bash
# Makes the benchmark's data sets in "$PERF/data": disk.img, a 4 GiB ext4 image populated from
# /usr; disk2.img, the same with 3 % of its 4 KiB blocks changed in clusters; random.bin, 2 GiB
# that do not compress; db.img, about 1 GiB of SQLite pages, and db2.img, the same after changes
# here and there. Deterministic for the same /usr.
set -eu
export PATH=$PATH:/sbin:/usr/sbin
data="${PERF:?folder for data and work}/data"
mkdir -p "$data" && cd "$data"
if [ ! -f disk.img ]; then
  mkdir -p tree && tar -C /usr --exclude=lib/jvm --exclude=lib/google-cloud-sdk --sort=name -cf - share lib | tar -C tree -xf -
  truncate -s 4G disk.tmp
  mkfs.ext4 -q -F -m 0 -U 11111111-2222-3333-4444-555555555555 \
    -E hash_seed=66666666-7777-8888-9999-aaaaaaaaaaaa,lazy_itable_init=0,lazy_journal_init=0 -d tree disk.tmp
  mv disk.tmp disk.img
fi
[ -f random.bin ] || { head -c 2147483648 /dev/zero | openssl enc -aes-256-ctr -nosalt \
  -K 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f -iv 00000000000000000000000000000000 >random.tmp; mv random.tmp random.bin; }
[ -f disk2.img ] || { cp --sparse=always disk.img disk2.tmp; python3 - <<'PY'
import os, random
block, size = 4096, 4 << 30
count = size // block
rng = random.Random(20260101)
target = os.open('disk2.tmp', os.O_RDWR)
source = os.open('disk.img', os.O_RDONLY)
used = [i for i in range(0, count, 256) if os.pread(source, 1 << 20, i * block).count(0) < (1 << 20)]
done = set()
while len(done) < count * 3 // 100:
    length = min(1 + int(rng.expovariate(1 / 64)), 1024)
    start = (rng.choice(used) + rng.randrange(256)) if rng.random() < .85 else rng.randrange(count)
    noise = rng.random() < .5
    for b in range(start, min(start + length, count)):
        if b in done or len(done) >= count * 3 // 100:
            continue
        done.add(b)
        if noise:
            bytes_ = rng.randbytes(block)
        else:  # a used block with 64 random edits: compressible, never equal to the old one
            bytes_ = bytearray(os.pread(source, block, (rng.choice(used) + rng.randrange(256)) * block))
            for _ in range(64):
                bytes_[rng.randrange(block)] = rng.randrange(256)
        os.pwrite(target, bytes(bytes_), b * block)
PY
mv disk2.tmp disk2.img; }
# A database's own file: rows with text, numbers and random tokens, and an index that was filled
# out of order. db2 is the same after a day's work: rows changed here and there, others added.
[ -f db2.img ] || { rm -f db.tmp db2.tmp; python3 - <<'PY'
import random, shutil, sqlite3
rng = random.Random(7)
words = [''.join(rng.choices('abcdefghijklmnopqrstuvwxyz', k=rng.randint(3, 10))) for _ in range(5000)]
def some(count):
    start = rng.randrange(len(words) - count)
    return ' '.join(words[start:start + count][::rng.choice((1, -1))])
def row(i):
    return i, some(2) + f' {rng.randrange(10**6)}', rng.random() * 1e4, some(20) + f' {rng.randrange(10**9)}', rng.randbytes(32)
def opened(path):
    db = sqlite3.connect(path)
    for pragma in ('page_size=8192', 'journal_mode=off', 'synchronous=off', 'cache_size=-200000'):
        db.execute(f'pragma {pragma}')
    return db
db = opened('db.tmp')
db.execute('create table orders(id integer primary key, customer text, amount real, note text, token blob)')
db.executemany('insert into orders values(?,?,?,?,?)', map(row, range(3_900_000)))
db.execute('create index by_customer on orders(customer)')
db.commit(); db.close()
shutil.copyfile('db.tmp', 'db2.tmp')
db = opened('db2.tmp')
for start in rng.sample(range(3_900_000), 400):
    db.execute('update orders set amount = amount * 1.1, token = ? where id between ? and ?', (rng.randbytes(32), start, start + 50))
db.executemany('insert into orders values(?,?,?,?,?)', map(row, range(3_900_000, 3_950_000)))
db.commit(); db.close()
PY
mv db.tmp db.img; mv db2.tmp db2.img; }
ls -ls --block-size=M ./*.img ./*.bin
