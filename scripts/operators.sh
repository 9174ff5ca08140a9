#!/usr/bin/env bash
# Operators that are read, from the table in mapper/ops.c: the manual's list. A name with a blank is a further output, not an operator.
cd "$(dirname "$0")/.."
sed -nE 's/^    \[OP_[A-Z]+\] = \{"([A-Za-z]+)", .*/\1/p' mapper/ops.c | paste -sd' ' | sed 's/ /, /g; s/$/./' | fold -s -w 150 | sed 's/ *$//'
