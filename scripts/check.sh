#!/usr/bin/env bash
# All tests: lint, unit tests (Criterion, under address and undefined-behaviour sanitizers), whole-program scripts.
# `check.sh all` adds the long ones. Ends with one line: N passed, N failed, N skipped.
set -u
cd "$(dirname "$0")/.."
sh scripts/deps.sh check || exit 1
all=${1:-}
build=${BUILD:-build}
passed=0 failed=0 skipped=0
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

note() { # ok|fail|skip name
    case $1 in ok) passed=$((passed + 1)) ;; fail) failed=$((failed + 1)); echo "FAILED: $2" ;; skip) skipped=$((skipped + 1)) ;; esac
}

echo "== lint"
if BUILD=$build bash scripts/lint.sh; then note ok lint; else note fail lint; fi

# The Mustache specification's core tests, as Debian ships them: unpacked, not installed (the package would pull in all of R).
if [ -z "${MUSTACHE_SPEC:-}" ] && (cd "$log" && apt-get download r-cran-whisker >/dev/null 2>&1 && dpkg -x r-cran-whisker_*.deb whisker); then
    export MUSTACHE_SPEC="$log/whisker/usr/lib/R/site-library/whisker/specs"
fi

echo "== unit tests (sanitizers on)"
export APUGEN_CACHE="$log/kept-unit" # nothing comes from earlier runs; what one test draws the next one takes
san="$build/san"
if ! make -s -j2 BUILD="$san" O=-O1 SAN="-fsanitize=address,undefined -fno-sanitize-recover=all" unit >"$log/build" 2>&1; then
    tail -30 "$log/build"
    note fail "build of the unit tests"
fi
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$log/san" ASAN_OPTIONS="log_path=$log/san:detect_leaks=1"
# One block of 48 bytes that libcriterion itself keeps.
echo "leak:libcriterion" >"$log/suppressions"
export LSAN_OPTIONS="suppressions=$log/suppressions:print_suppressions=0"
for dir in tests/*/; do
    name=$(basename "$dir")
    run="$san/tests/$name/run"
    ls "$dir"*.c >/dev/null 2>&1 || continue
    [ -x "$run" ] || { note fail "tests/$name (not built)"; continue; }
    start=$(date +%s)
    code=124
    for limit in 1200 2400; do # Criterion forks beside a thread of its own: once in a while a worker never starts, and no limit of a test ends it
        [ $code = 124 ] || continue
        [ $limit = 1200 ] || echo "   $name: not done in 1200 s, a worker that never started? Once more"
        timeout -k 10 $limit "$run" -j2 --timeout 600 >"$log/$name" 2>&1
        code=$?
    done
    line=$(grep 'Synthesis' "$log/$name" | tail -1 | sed 's/\x1b\[[0-9;]*m//g')
    echo "   $name: ${line:-no result} ($(($(date +%s) - start)) s)"
    sed -n 's/^skipped: /   skip /p' "$log/$name"
    skipped=$((skipped + $(grep -c '^skipped: ' "$log/$name")))
    p=$(echo "$line" | sed -n 's/.*Passing: *\([0-9]*\).*/\1/p')
    f=$(echo "$line" | sed -n 's/.*Failing: *\([0-9]*\).*/\1/p')
    c=$(echo "$line" | sed -n 's/.*Crashing: *\([0-9]*\).*/\1/p')
    passed=$((passed + ${p:-0}))
    failed=$((failed + ${f:-0} + ${c:-0}))
    if [ "$code" != 0 ] || [ -z "$line" ]; then
        [ $((${f:-0} + ${c:-0})) -gt 0 ] || note fail "tests/$name (exit $code)"
        grep -vE '^\[\x1b?.*PASS' "$log/$name" | tail -40
    fi
done
if ls "$log"/san.* >/dev/null 2>&1; then
    note fail "sanitizer findings"
    head -40 "$log"/san.*
fi
unset UBSAN_OPTIONS ASAN_OPTIONS LSAN_OPTIONS
export APUGEN_CACHE="$log/kept"

# Two whole-program tests at a time, the longest first (each is one thread for most of its time); every one's output in a piece, when it ends.
one_script() { # script log-folder
    start=$(date +%s)
    bash "$1" >"$2/out" 2>&1
    echo $? >"$2/code"
    (
        flock 9
        echo "== $1 ($(($(date +%s) - start)) s)"
        sed 's/^/   /' "$2/out"
    ) 9>"$2/../lock"
}
export -f one_script
run_scripts() {
    for t in "$@"; do
        [ "$(basename "$t")" != lib.sh ] && mkdir -p "$log/$(basename "$t")" && echo "$t $log/$(basename "$t")"
    done | APUGEN="$PWD/$build/apugen" BUILD="$build" xargs -P 2 -L 1 bash -c 'one_script "$0" "$1"'
    for t in "$@"; do
        out="$log/$(basename "$t")/out"
        [ -e "$out" ] || continue
        ok=$(grep -c '^ok ' "$out")
        bad=$(grep -c '^not ok ' "$out")
        sk=$(grep -c '^skip ' "$out")
        passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + sk))
        if [ "$(cat "$log/$(basename "$t")/code")" != 0 ] && [ "$bad" = 0 ]; then note fail "$t (exit $(cat "$log/$(basename "$t")/code"))"; fi
        if [ $((ok + bad + sk)) = 0 ]; then note fail "$t (no result)"; fi
    done
}
long="cells extracted views hdl family port"
first=
for t in $long; do first="$first tests/program/$t.sh"; done
run_scripts $first $(ls tests/program/*.sh | grep -vE "/($(echo $long | tr ' ' '|'))\\.sh")
[ "$all" = all ] && run_scripts tests/program/long/*.sh
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
