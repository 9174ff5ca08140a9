/*
 * Skip a test and tell: Criterion keeps to itself what was skipped and why.
 */
#ifndef TESTS_SKIP_H
#define TESTS_SKIP_H

#include <criterion/criterion.h>
#include <stdio.h>

/* The test it stands in, or that calls the function it stands in; why, as for printf. */
#define skip_test(...) (fprintf(stderr, "skipped: %s: ", __func__), fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), cr_skip_test(__VA_ARGS__))

#endif
