/* Load of the ladder, from the plan's weights. */
#include "gen/load.h"

#include <math.h>

#include "cells/timing.h"
#include "gen/digital.h"
#include "mapper/program.h"

/* Digits of one row, of both signs, in units. */
typedef struct { double plus, minus; } RowSum;

static void sum_rows(const Plan *p, uint32_t core, uint32_t cycle, RowSum *row)
{
    uint32_t cols = core_phys_cols(&p->cores.v[core]);
    size_t rows = (size_t)p->cores.v[core].rows;
    uint8_t *bits = mem_calloc(rows * 4 * cols + 1, 1);
    program_weights(p, core, cycle, cols, bits);
    for (size_t r = 0; r < rows; r++) {
        const uint8_t *b = bits + r * 4 * cols;
        row[r] = (RowSum){0, 0};
        for (uint32_t c = 0; c < cols; c++) {
            int32_t m = b[c] | b[cols + c] << 1 | b[2 * cols + c] << 2;
            *(b[3 * cols + c] ? &row[r].minus : &row[r].plus) += m;
        }
    }
    mem_free(bits);
}

/* A chunk joins rows_per_conv rows; where the crossbar ends before, its last ones. */
static void tile_load(const Plan *p, const PlanTile *t, const RowSum *row, RowLoad *out)
{
    const PlanLayer *l = &p->layers.v[t->layer];
    int32_t all = p->cores.v[t->core].rows;
    for (int32_t r0 = 0; r0 < t->rows; r0 += l->rows_per_conv) {
        int32_t first = t->row0 + r0, n = l->rows_per_conv;
        if (first + n > all) first = all - n;
        double plus = 0, minus = 0;
        for (int32_t r = first; r < first + n; r++) plus += row[r].plus, minus += row[r].minus;
        out->level = fmax(out->level, fmax(plus, minus));
        out->all = fmax(out->all, plus + minus);
        out->synapses = fmax(out->synapses, (double)n * core_phys_cols(&p->cores.v[t->core]));
    }
}

RowLoad load_of(const Plan *p)
{
    RowLoad out = {0};
    for (uint32_t core = 0; core < p->cores.n; core++) {
        RowSum *row = mem_calloc((size_t)p->cores.v[core].rows + 1, sizeof *row);
        for (uint32_t cycle = 0; cycle < p->cycles; cycle++) {
            bool summed = false;
            for (uint32_t i = 0; i < p->tiles.n; i++) {
                const PlanTile *t = &p->tiles.v[i];
                if (t->core != core || t->cycle != cycle) continue;
                if (!summed) sum_rows(p, core, cycle, row);
                summed = true;
                tile_load(p, t, row, &out);
            }
        }
        mem_free(row);
    }
    return out;
}

static double left(double time, double tau) { return tau > 0 ? exp(-time / tau) : tau == 0 ? 0 : tau; }

double load_left(const RowLoad *l, const CellVariant *ladder, const CellVariant *synapse, double wire)
{
    double cu = synapse->param[0], stray = fmax(0, synapse->data.c_in - 7 * cu) + wire;
    double level = l->level * cu + l->synapses * stray, all = l->all * cu + 2 * l->synapses * stray;
    double a = left(CELLS_T_SAMPLE, ladder->data.r_ohm * level), b = left(CELLS_T_EVAL, ladder->data.r_vcm * all);
    return isnan(a) || isnan(b) ? NAN : fmax(a, b);
}
