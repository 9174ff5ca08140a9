#!/usr/bin/env python3
"""Decode a GIF without any library: gif.py FILE prints frames, size and, for the last frame, pixels of every palette index."""
import collections
import struct
import sys


def lzw(data, least):
    clear, size, out, table = 1 << least, least + 1, bytearray(), []
    bits = n = 0
    last = None
    for byte in data:
        bits |= byte << n
        n += 8
        while n >= size:
            code, bits, n = bits & ((1 << size) - 1), bits >> size, n - size
            if code == clear:
                table, size, last = [bytes([i]) for i in range(clear)] + [b"", b""], least + 1, None
                continue
            if code == clear + 1:
                return out
            if last is None:
                entry = table[code]
            else:
                entry = table[code] if code < len(table) else last + last[:1]
                assert code <= len(table)
                if len(table) < 4096:
                    table.append(last + entry[:1])
            out += entry
            last = entry
            if len(table) == 1 << size and size < 12:
                size += 1
    raise ValueError("no end code")


def blocks(b, at):
    data = bytearray()
    while b[at]:
        data += b[at + 1:at + 1 + b[at]]
        at += 1 + b[at]
    return data, at + 1


def main(path):
    b = open(path, "rb").read()
    assert b[:6] == b"GIF89a"
    w, h, flags = struct.unpack("<HHB", b[6:11])
    at, frames, last = 13 + 3 * (2 << (flags & 7)), 0, b""
    while b[at] != 0x3B:
        if b[at] == 0x21:
            _, at = blocks(b, at + 2)
            continue
        assert b[at] == 0x2C and struct.unpack("<HHHH", b[at + 1:at + 9]) == (0, 0, w, h)
        data, end = blocks(b, at + 11)
        last = lzw(data, b[at + 10])
        assert len(last) == w * h
        frames, at = frames + 1, end
    print(frames, w, h, *(f"{k}:{v}" for k, v in sorted(collections.Counter(last).items())))


main(sys.argv[1])
