/*
 * Convolution in float: patches packed in panels of 16 pixels, times the weights, 4 channels × 16 pixels at a time in
 * registers. Every output is one sum in the order of k, so the result does not depend on the processor or its vectors; wider
 * registers only do more pixels at once.
 */
#include "mapper/graph.h"

#define NR 16
#define MR 4
typedef float Lane __attribute__((vector_size(32), aligned(4), may_alias));

/* One panel: out [oc][≤16] = w [oc][k] · b [k][16] + bias. Inlined into a version per instruction set. */
static inline __attribute__((always_inline)) void panel_body(const float *restrict w, const float *restrict b, const float *bias,
                                                             float *restrict out, int64_t oc, int64_t k, int64_t stride, int64_t cols)
{
    for (int64_t o = 0; o < oc; o += MR) {
        Lane acc[MR][2] = {0};
        const float *row[MR];
        for (int32_t i = 0; i < MR; i++) row[i] = w + (o + i < oc ? o + i : oc - 1) * k;
        for (int64_t t = 0; t < k; t++) {
            Lane b0 = *(const Lane *)(const void *)(b + t * NR), b1 = *(const Lane *)(const void *)(b + t * NR + 8);
            for (int32_t i = 0; i < MR; i++) {
                acc[i][0] += row[i][t] * b0;
                acc[i][1] += row[i][t] * b1;
            }
        }
        for (int32_t i = 0; i < MR && o + i < oc; i++) {
            float tmp[NR], *dst = out + (o + i) * stride;
            memcpy(tmp, &acc[i][0], 32);
            memcpy(tmp + 8, &acc[i][1], 32);
            for (int32_t j = 0; j < NR && bias; j++) tmp[j] += bias[o + i]; /* last, as in the definition */
            memcpy(dst, tmp, (size_t)cols * sizeof *tmp);
        }
    }
}

typedef void PanelFn(const float *, const float *, const float *, float *, int64_t, int64_t, int64_t, int64_t);

static void panel_any(const float *w, const float *b, const float *bias, float *out, int64_t oc, int64_t k, int64_t stride, int64_t cols)
{
    panel_body(w, b, bias, out, oc, k, stride, cols);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void panel_avx2(const float *w, const float *b, const float *bias, float *out, int64_t oc,
                                                       int64_t k, int64_t stride, int64_t cols)
{
    panel_body(w, b, bias, out, oc, k, stride, cols);
}
static PanelFn *panel_pick(void) { return __builtin_cpu_supports("avx2") ? panel_avx2 : panel_any; }
#else
static PanelFn *panel_pick(void) { return panel_any; }
#endif

/* Pixels p … p+cols−1 of the output, as patches: b [icg·kh·kw][16], zero outside the image. */
static void pack_panel(const GNode *n, Nchw x, Nchw y, const float *in, int64_t icg, int64_t p, int64_t cols, float *restrict b)
{
    int64_t iy[NR], ix[NR];
    for (int64_t j = 0; j < cols; j++) iy[j] = (p + j) / y.w * n->sh - n->pt, ix[j] = (p + j) % y.w * n->sw - n->pl;
    for (int64_t c = 0; c < icg; c++)
        for (int64_t ky = 0; ky < n->kh; ky++)
            for (int64_t kx = 0; kx < n->kw; kx++, b += NR)
                for (int64_t j = 0; j < NR; j++) {
                    int64_t yy = j < cols ? iy[j] + ky * n->dh : -1, xx = j < cols ? ix[j] + kx * n->dw : -1;
                    b[j] = yy >= 0 && yy < x.h && xx >= 0 && xx < x.w ? in[(c * x.h + yy) * x.w + xx] : 0.0f;
                }
}

/* 1 × 1, stride 1: a patch is a column of the input. */
static void pack_plain(const float *in, int64_t icg, int64_t pixels, int64_t p, int64_t cols, float *restrict b)
{
    for (int64_t c = 0; c < icg; c++, b += NR)
        for (int64_t j = 0; j < NR; j++) b[j] = j < cols ? in[c * pixels + p + j] : 0.0f;
}

/* One channel per group: each tap is added to a whole row of the output. */
static void depthwise(const GNode *n, Nchw x, Nchw y, const float *in, const float *w, float bias, float *restrict out)
{
    for (int64_t i = 0; i < y.h * y.w; i++) out[i] = 0.0f;
    for (int64_t ky = 0; ky < n->kh; ky++)
        for (int64_t kx = 0; kx < n->kw; kx++) {
            float wv = w[ky * n->kw + kx];
            int64_t off = kx * n->dw - n->pl, lo = off < 0 ? (-off + n->sw - 1) / n->sw : 0, hi = x.w > off ? (x.w - 1 - off) / n->sw + 1 : 0;
            if (hi > y.w) hi = y.w;
            for (int64_t oy = 0; oy < y.h; oy++) {
                int64_t yy = oy * n->sh - n->pt + ky * n->dh;
                if (yy < 0 || yy >= x.h) continue;
                const float *src = in + yy * x.w + off;
                float *dst = out + oy * y.w;
                for (int64_t ox = lo; ox < hi; ox++) dst[ox] += wv * src[ox * n->sw];
            }
        }
    for (int64_t i = 0; i < y.h * y.w; i++) out[i] += bias;
}

void conv_float(const GNode *n, Nchw x, Nchw y, const float *in, const float *w, const float *bias, float *out, Scratch *scratch)
{
    int64_t icg = x.c / n->groups, ocg = y.c / n->groups, k = icg * n->kh * n->kw, pixels = y.h * y.w;
    bool plain = n->kh == 1 && n->kw == 1 && n->sh == 1 && n->sw == 1 && !n->pt && !n->pl && !n->pb && !n->pr;
    PanelFn *panel = panel_pick();
    if (scratch->n < (size_t)(k * NR)) {
        scratch->n = (size_t)(k * NR);
        scratch->v = mem_resize(scratch->v, scratch->n * sizeof(float));
    }
    for (int64_t s = 0; s < x.n; s++)
        for (int64_t g = 0; g < n->groups; g++) {
            const float *src = in + (s * x.c + g * icg) * x.h * x.w, *gw = w + g * ocg * k, *gb = bias ? bias + g * ocg : NULL;
            float *dst = out + (s * y.c + g * ocg) * pixels;
            if (icg == 1 && ocg == 1) {
                depthwise(n, x, y, src, gw, gb ? gb[0] : 0.0f, dst);
                continue;
            }
            for (int64_t p = 0; p < pixels; p += NR) {
                int64_t cols = pixels - p < NR ? pixels - p : NR;
                if (plain) pack_plain(src, icg, pixels, p, cols, scratch->v);
                else pack_panel(n, x, y, src, icg, p, cols, scratch->v);
                panel(gw, scratch->v, gb, dst + p, ocg, k, pixels, cols);
            }
        }
}
