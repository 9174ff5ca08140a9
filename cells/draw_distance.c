/*
 * Distances on a grid of lines: most of what a search costs before it begins, so that it is written for what a processor does at once.
 */
#include "cells/draw_int.h"

enum { AT_ONCE = 4 };

static float nearer(float a, float b) { return b < a ? b : a; }

/* Along rows, forth and back. A place waits for the one before it, a chain of additions; several rows do not wait for each other. */
static void along(float *const row[AT_ONCE], const float *dx, int32_t nx)
{
    float at[AT_ONCE];
    for (int k = 0; k < AT_ONCE; k++) at[k] = row[k][0];
    for (int32_t i = 1; i < nx; i++)
        for (int k = 0; k < AT_ONCE; k++) row[k][i] = at[k] = nearer(row[k][i], at[k] + dx[i - 1]);
    for (int32_t i = nx - 1; i > 0; i--)
        for (int k = 0; k < AT_ONCE; k++) row[k][i - 1] = at[k] = nearer(row[k][i - 1], at[k] + dx[i - 1]);
}

/* A row from the one beside it. */
static void across(float *restrict row, const float *restrict from, int32_t nx, float dy)
{
    for (int32_t i = 0; i < nx; i++) row[i] = nearer(row[i], from[i] + dy);
}

void grid_distances(float *near, const bool *goal_row, const float *dx, const float *dy, int32_t nx, int32_t ny)
{
    float *row[AT_ONCE];
    int32_t n = 0;
    for (int32_t j = 0; j < ny; j++) {
        if (goal_row[j]) row[n++] = near + (size_t)j * (size_t)nx;
        if (n < AT_ONCE && (!n || j + 1 < ny)) continue;
        for (int32_t k = n; k < AT_ONCE; k++) row[k] = row[0]; /* once more, which changes nothing */
        along(row, dx, nx);
        n = 0;
    }
    for (int32_t j = 1; j < ny; j++) across(near + (size_t)j * (size_t)nx, near + (size_t)(j - 1) * (size_t)nx, nx, dy[j - 1]);
    for (int32_t j = ny - 1; j > 0; j--) across(near + (size_t)(j - 1) * (size_t)nx, near + (size_t)j * (size_t)nx, nx, dy[j - 1]);
}
