/* Lines of the current family: their common bias, and sources that leave their range. */
#include "verify/lines.h"

#include <math.h>

enum { PARTS = 8 }; /* of a step, while a line leaves the range */
enum { FINE = 16 }; /* time steps per pulse step: halving them changes what is left by less than 1 % */

/* One implicit step of heat along n nodes of 1 and the foot at node 0: a = step / (R·C), b = step / (R of the foot · C). */
static void spread(double *y, double *c, int32_t n, double a, double b)
{
    for (int32_t i = 0; i < n; i++) {
        double up = i + 1 < n ? a : 0, down = i ? a : 0, d = 1 + up + down + (i ? 0 : b);
        if (i) d -= down * c[i - 1], y[i] = (y[i] + down * y[i - 1]) / d;
        else y[i] /= d;
        c[i] = up / d;
    }
    for (int32_t i = n - 1; i-- > 0;) y[i] += c[i] * y[i + 1];
}

static double mean(const double *y, int32_t from, int32_t n)
{
    double sum = 0;
    for (int32_t i = 0; i < n; i++) sum += y[from + i] / n;
    return sum;
}

void lines_kept(const LinesModel *m, int32_t rows, int32_t cols, int32_t row0, int32_t n, LinesKept *out)
{
    double *y = mem_calloc(2 * (size_t)rows + 1, sizeof *y), *c = y + rows, far = m->bias_f * cols;
    double dt = m->step_s / FINE, a = dt / fmax(m->bias_ohm * far, 1e-18), b = dt / fmax(m->foot_ohm * far, 1e-18);
    int32_t wait = (int32_t)lrint(m->rest_s / dt), last = (LINES_STEPS + 1) * FINE + wait + FINE;
    *out = (LinesKept){0};
    for (int32_t i = 0; i < n; i++) y[row0 + i] = 1;
    for (int32_t k = 1; k <= last; k++) {
        spread(y, c, rows, a, b);
        double left = mean(y, row0, n);
        for (int32_t q = 0; q <= LINES_STEPS; q++) {
            int32_t at = q * FINE + FINE / 2;
            if (k == at) out->on[q] = left;
            if (k == at + wait + FINE) out->old[q] += left;
            if (k == at + wait) out->old[q] -= left;
        }
    }
    mem_free(y);
}

double lines_lift(const LinesModel *m, const LinesKept *k, const double share[LINES_STEPS], double lift[LINES_STEPS])
{
    double all = 0;
    for (int x = 1; x < LINES_STEPS; x++) all += share[x];
    for (int q = 0; q < LINES_STEPS; q++) {
        double v = all * (k->on[q] + k->old[q]);
        for (int x = 1; x < q; x++) v -= share[x] * k->on[q - x - 1]; /* over after x + 1 steps */
        lift[q] = m->pull * v;
    }
    return m->pull * all * k->on[0];
}

void lines_inputs(double first, const double lift[LINES_STEPS], float out[LINES_STEPS])
{
    double sum = -1 - first;
    for (int x = 0; x < LINES_STEPS; x++) {
        sum += 1 + lift[x];
        out[x] = x ? (float)sum : 0;
    }
}

double lines_part(const LinesModel *m, double fall)
{
    static const double low[] = {0.01, 0.1, 0.5};
    double x = 0, y = 0, slope = 0;
    for (int i = 0; i < 3 && m->swing_v[i] > x; i++) {
        slope = (low[i] - y) / (m->swing_v[i] - x);
        if (fall < m->swing_v[i]) break;
        x = m->swing_v[i], y = low[i];
    }
    return fmax(0, 1 - y - slope * fmax(0, fall - x));
}

/* A line after one step more, in units and steps. drop: V per unit that draws. */
static double fallen(const LinesModel *m, double fall, double units, double drop)
{
    for (int k = 0; k < PARTS; k++) {
        double part = lines_part(m, m->fall_v * fall + drop * units); /* of the current that the drop is then of, too */
        part = lines_part(m, m->fall_v * (fall + 0.5 * units * part / PARTS) + drop * units * part);
        fall += units * part / PARTS;
    }
    return fall;
}

double lines_sum(const LinesModel *m, const float *w, const float *x, int64_t stride, const int32_t *row_k, int32_t n, double at, double first, const double lift[LINES_STEPS])
{
    double fires[2][LINES_STEPS] = {{0}}, before[2] = {0}, fall[2] = {0}, drop = m->unit_a * m->wire_ohm * at;
    for (int32_t r = 0; r < n; r++) {
        double v = row_k[r] < 0 ? 0 : x[row_k[r] * stride];
        int last = (int)fabs(v);
        if (!last || w[r] == 0) continue;
        int side = w[r] * v < 0; /* the line that falls in the second firing */
        double units = fabs(w[r]);
        before[!side] += units;
        for (int q = 0; q <= last && q < LINES_STEPS; q++) fires[side][q] += units;
    }
    for (int side = 0; side < 2; side++) {
        fall[side] = fallen(m, 0, before[side] * (1 + first), drop);
        for (int q = 0; q < LINES_STEPS && fires[side][q] > 0; q++) fall[side] = fallen(m, fall[side], fires[side][q] * (1 + lift[q]), drop);
    }
    return fall[0] - fall[1];
}

bool lines_bend(const LinesModel *m, const float *w, int32_t n, double at)
{
    double units = 0;
    for (int32_t r = 0; r < n; r++) units += fabs(w[r]);
    /* no farther than a tenth of a percent of the current: within the law's own error */
    return lines_part(m, units * (1 + m->pull) * (LINES_STEPS * m->fall_v + m->unit_a * m->wire_ohm * at)) < 0.999;
}
