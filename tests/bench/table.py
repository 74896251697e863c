#!/usr/bin/env python3
"""The table of peers.sh: python3 tests/bench/table.py results.csv"""
import collections, csv, statistics, sys

# Ratios to reach; what is compared is the best deduplicating peer of the same run.
TARGETS = {('disk', 'first'): 2, ('zstd1', 'first'): 2.7, ('disk', 'unchanged'): 2, ('disk', 're-read'): 10,
           ('disk', 'incremental'): 4, ('disk', 'restore'): 2, ('disk', 'save'): 2.5, ('random', 'first'): 3, ('random', 'restore'): 1.5}
# Most MB stored.
SIZES = {('disk', 'first'): 720, ('zstd1', 'first'): 775}

rows = [r for r in csv.reader(open(sys.argv[1])) if len(r) == 11]
bad = [r for r in rows if r[9] != 'ok']
compared = sum(r[3] == 'compare' and r[9] == 'ok' for r in rows)
wall, cpu, mem, size = (collections.defaultdict(list) for _ in range(4))
stored = {}
for round_, peer, ds, step, w, u, s, kib, size_b, ok, _ in rows:
    if ok != 'ok' or step == 'compare':
        continue
    key = ds, step, peer
    wall[key].append(float(w)); cpu[key].append(float(u) + float(s)); mem[key].append(int(kib))
    grown = int(size_b) - stored.get((peer, ds), 0) if step == 'incremental' else int(size_b)
    size[key].append(grown); stored[peer, ds] = int(size_b)
med = statistics.median
peers = sorted({k[2] for k in wall}, key=lambda p: (p != 'rsv', p))
deduplicating = [p for p in peers if p not in ('rsv', 'pipe')]
print('\n| step: wall s / CPU s | ' + ' | '.join(peers) + ' | ratio | target | rsv peak MiB |')
print('|---' * (len(peers) + 4) + '|')
for ds, step in dict.fromkeys((k[0], k[1]) for k in wall):
    cells = [f'{med(wall[ds, step, p]):.2f} / {med(cpu[ds, step, p]):.1f}' if (ds, step, p) in wall else '–' for p in peers]
    # zstd-1 beside the peers' first backup, a saved file beside their restore; borg and bupstash
    # re-read without being asked to.
    base = {'zstd1': 'disk'}.get(ds, ds), {'save': 'restore'}.get(step, step)
    others = [med(wall[(*base, p)]) for p in deduplicating if (*base, p) in wall]
    if step == 're-read':
        others = [med(wall[ds, 'unchanged', p]) for p in ('borg', 'bupstash') if (ds, 'unchanged', p) in wall]
    ours = med(wall[ds, step, 'rsv']) if (ds, step, 'rsv') in wall else None
    ratio = f'{min(others) / ours:.2f}' if others and ours else '–'
    peak = f"{max(mem[ds, step, 'rsv']) / 1024:.0f}" if ours else '–'
    print(f'| {ds}, {step} | ' + ' | '.join(cells) + f' | {ratio} | {TARGETS.get((ds, step), "–")} | {peak} |')
print('\n| stored MB | ' + ' | '.join(peers) + ' | at most |')
print('|---' * (len(peers) + 2) + '|')
for ds, step in dict.fromkeys((k[0], k[1]) for k in wall if k[1] in ('first', 'incremental')):
    cells = [f'{med(size[ds, step, p]) / 1e6:.0f}' if (ds, step, p) in size else '–' for p in peers]
    others = [med(size[ds, step, p]) / 1e6 for p in deduplicating if (ds, step, p) in size]
    most = SIZES.get((ds, step)) or (f'{min(others) / 2:.0f}' if (ds, step) == ('disk', 'incremental') and others else '–')
    print(f'| {ds}, {step} | ' + ' | '.join(cells) + f' | {most} |')
print(f'\nRestored images compared and equal: {compared}. Failed steps or comparisons: {len(bad)}.')
for r in bad:
    print('  ' + ','.join(r))
sys.exit(bool(bad))
