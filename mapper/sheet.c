/*
 * The crossbars of one weight load as sheets of synapses, and where a rectangle of weight digits fits best.
 * Blocks may be shared: what one tile does not use of a block, another one can, because a tile's other rows rest at VCM while it is
 * multiplied and its other columns are not read. Two tiles never claim the same synapse (plan_check).
 */
#include "mapper/pack.h"

static uint64_t *row_of(const Sheet *s, int32_t r) { return s->busy + (size_t)r * s->words; }

void sheet_init(Sheet *s, const PlanArch *a)
{
    *s = (Sheet){.rows = a->rows, .cols = a->cols, .br = a->block_rows, .bc = a->block_cols, .words = (uint32_t)(a->cols + 63) / 64};
    s->busy = mem_calloc((size_t)s->rows * s->words, sizeof *s->busy);
    s->touched = mem_calloc((size_t)(s->rows / s->br) * (size_t)(s->cols / s->bc), 1);
    s->mask = mem_calloc(s->words, sizeof *s->mask);
}

void sheet_free(Sheet *s)
{
    mem_free(s->busy);
    mem_free(s->touched);
    mem_free(s->mask);
}

void sheet_clear(Sheet *s)
{
    memset(s->busy, 0, (size_t)s->rows * s->words * sizeof *s->busy);
    memset(s->touched, 0, (size_t)(s->rows / s->br) * (size_t)(s->cols / s->bc));
    s->blocks = 0;
}

void sheet_copy(Sheet *to, const Sheet *from)
{
    memcpy(to->busy, from->busy, (size_t)from->rows * from->words * sizeof *from->busy);
    memcpy(to->touched, from->touched, (size_t)(from->rows / from->br) * (size_t)(from->cols / from->bc));
    to->blocks = from->blocks;
}

/* Blocks of the rectangle that no tile uses so far. */
static int32_t untouched(const Sheet *s, int32_t r, int32_t c, int32_t h, int32_t w)
{
    int32_t n = 0, across = s->cols / s->bc;
    for (int32_t b = r / s->br; b <= (r + h - 1) / s->br; b++)
        for (int32_t d = c / s->bc; d <= (c + w - 1) / s->bc; d++) n += !s->touched[b * across + d];
    return n;
}

void sheet_take(Sheet *s, int32_t r, int32_t c, int32_t h, int32_t w)
{
    int32_t across = s->cols / s->bc;
    s->blocks += untouched(s, r, c, h, w);
    for (int32_t b = r / s->br; b <= (r + h - 1) / s->br; b++)
        for (int32_t d = c / s->bc; d <= (c + w - 1) / s->bc; d++) s->touched[b * across + d] = 1;
    for (int32_t y = r; y < r + h; y++)
        for (int32_t x = c; x < c + w; x++) row_of(s, y)[x / 64] |= (uint64_t)1 << x % 64;
}

/* First column from c on that is busy (want 1) or free (want 0) in the mask; cols if there is none. */
static int32_t next_col(const Sheet *s, int32_t c, int want)
{
    for (; c < s->cols; c = (c / 64 + 1) * 64) {
        uint64_t v = (want ? s->mask[c / 64] : ~s->mask[c / 64]) >> c % 64;
        if (!v) continue;
        while (!(v & 1)) v >>= 1, c++;
        return c < s->cols ? c : s->cols;
    }
    return s->cols;
}

/* Rows r … r + h − 1 into the mask of busy columns; false if none is free. */
static bool mask_rows(Sheet *s, int32_t r, int32_t h)
{
    memset(s->mask, 0, s->words * sizeof *s->mask);
    for (int32_t y = r; y < r + h; y++)
        for (uint32_t k = 0; k < s->words; k++) s->mask[k] |= row_of(s, y)[k];
    return next_col(s, 0, 0) < s->cols;
}

bool sheet_best(Sheet *s, int32_t h, int32_t w, int32_t slack, bool share, SheetSpot *best)
{
    bool found = false;
    int32_t step = share ? 1 : s->br;
    for (int32_t r = 0; r + h <= s->rows; r += step) {
        if (r % s->br > slack) {
            r += s->br - 1 - r % s->br; /* the loop adds the last one */
            continue;
        }
        if (!mask_rows(s, r, h)) continue;
        for (int32_t c = next_col(s, 0, 0); c < s->cols;) {
            int32_t end = next_col(s, c, 1), at = share ? c : (c + s->bc - 1) / s->bc * s->bc;
            if (at + w <= end) {
                /* Columns that are left over in the last block where no such piece fits any more are lost. */
                int32_t left = end - at - w, lost = left < w && left < s->bc ? left : 0;
                int32_t cost = s->bc * untouched(s, r, at, h, w) + lost;
                if (!found || cost < best->cost) *best = (SheetSpot){r, at, h, w, cost}, found = true;
            }
            c = next_col(s, end, 0);
        }
        if (found && best->cost == 0) break;
    }
    return found;
}

bool sheet_part(Sheet *s, int32_t rows, int32_t cols, int32_t unit, SheetSpot *best)
{
    int64_t area = 0;
    for (int32_t r = 0; r < s->rows; r += s->br)
        for (int32_t n = 1; (n - 1) * unit < rows; n++) {
            int32_t h = n * unit < rows ? n * unit : rows;
            if (r + h > s->rows || !mask_rows(s, r, h)) break;
            for (int32_t c = next_col(s, 0, 0); c < s->cols;) {
                int32_t end = next_col(s, c, 1), at = (c + s->bc - 1) / s->bc * s->bc, w = end - at < cols ? (end - at) / s->bc * s->bc : cols;
                if (w > 0 && (int64_t)h * w > area) area = (int64_t)h * w, *best = (SheetSpot){r, at, h, w, 0};
                c = next_col(s, end, 0);
            }
        }
    return area > 0;
}
