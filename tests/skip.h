/*
 * Skip a test and tell: Criterion keeps to itself what was skipped and why.
 */
#ifndef TESTS_SKIP_H
#define TESTS_SKIP_H

#include <criterion/criterion.h>
#include <stdio.h>

/* The test that runs, by its name, wherever this stands; why, as for printf. */
#define skip_test(...)                                                                                        \
    (fprintf(stderr, "skipped: %s/%s: ", criterion_current_test->category, criterion_current_test->name),      \
     fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), cr_skip_test(__VA_ARGS__))

#endif
