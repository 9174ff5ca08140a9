/* Tiles as rectangles (SVG, through the template plan.svg) and as pixels (GIF, through giflib: the only file that includes it). */
#include "gen/picture.h"

#include <gif_lib.h>
#include <jansson.h>

#include "gen/base/io.h"
#include "templates/json_view.h"

/* ---- text ------------------------------------------------------------------------------------- */

void picture_text(const Plan *p, uint32_t cycle)
{
    for (uint32_t k = 0; k < p->cores.n; k++) {
        const PlanCore *c = &p->cores.v[k];
        int32_t h = (c->rows + c->block_rows - 1) / c->block_rows, w = (c->cols + c->block_cols - 1) / c->block_cols;
        int32_t *full = mem_calloc((size_t)h * (size_t)w, sizeof *full);
        for (uint32_t i = 0; i < p->tiles.n; i++) {
            const PlanTile *t = &p->tiles.v[i];
            for (int32_t r = 0; r < t->rows && t->core == k && t->cycle == cycle; r++)
                for (int32_t q = 0; q < t->cols; q++)
                    full[(t->row0 + r) / c->block_rows * w + (t->col0 + q) / c->block_cols] += t->row_k[r] >= 0 && t->col_o[q] >= 0;
        }
        printf("\n%s: %d x %d synapses, weight load %u of %u\n", c->name, c->rows, c->cols, cycle + 1, p->cycles);
        for (int32_t y = h - 1; y >= 0; y--) {
            for (int32_t x = 0; x < w; x++) putchar(" .:-=+*#%@"[full[y * w + x] * 9 / (c->block_rows * c->block_cols)]);
            putchar('\n');
        }
        mem_free(full);
    }
}

/* ---- where things stand, in both pictures ------------------------------------------------------ */

enum { GAP = 24, COLOURS = 12, WIDE = 1800, HIGH = 1024 };

/* Crossbars side by side, their first row below; num/den pixels per synapse. */
typedef struct {
    int32_t x[64], num_x, den_x, num_y, den_y, w, h;
    uint32_t n; /* crossbars shown */
} Frame;

static int32_t px_x(const Frame *f, int32_t cols) { return (int32_t)((int64_t)cols * f->num_x / f->den_x); }
static int32_t px_y(const Frame *f, int32_t rows) { return (int32_t)((int64_t)rows * f->num_y / f->den_y); }

static Frame frame_of(const Plan *p)
{
    Frame f = {.num_x = 2, .den_x = 1, .num_y = 1, .den_y = 1, .n = p->cores.n < 64 ? p->cores.n : 64};
    int64_t cols = 0, rows = 1;
    for (uint32_t k = 0; k < f.n; k++) {
        cols += p->cores.v[k].cols;
        rows = p->cores.v[k].rows > rows ? p->cores.v[k].rows : rows;
    }
    if (2 * cols > WIDE) f.num_x = WIDE, f.den_x = (int32_t)cols;
    if (rows > HIGH) f.num_y = HIGH, f.den_y = (int32_t)rows;
    f.w = GAP;
    for (uint32_t k = 0; k < f.n; k++) {
        f.x[k] = f.w;
        f.w += px_x(&f, p->cores.v[k].cols) + GAP;
    }
    f.h = px_y(&f, (int32_t)rows) + 2 * GAP;
    return f;
}

/* Layers with weights take the colours in turn. */
static uint32_t colour_of(const Plan *p, uint32_t layer)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < layer; i++) n += p->layers.v[i].op == PLAN_CONV;
    return n % COLOURS;
}

/* ---- SVG --------------------------------------------------------------------------------------- */

static json_t *svg_json(const Plan *p, const Frame *f, uint32_t cycle)
{
    json_t *cores = json_array(), *tiles = json_array(), *legend = json_array(), *root;
    int32_t legend_y = f->h;
    for (uint32_t k = 0; k < f->n; k++) {
        const PlanCore *c = &p->cores.v[k];
        int32_t h = px_y(f, c->rows);
        json_array_append_new(cores, json_pack("{s:s, s:i, s:i, s:i, s:i}", "name", c->name, "x", f->x[k], "y", f->h - GAP - h, "w", px_x(f, c->cols), "h", h));
    }
    for (uint32_t li = 0; li < p->layers.n; li++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < p->tiles.n; i++) {
            const PlanTile *t = &p->tiles.v[i];
            if (t->layer != li || t->cycle != cycle || t->core >= f->n) continue;
            int32_t r0 = 0, c0 = 0; /* dummies in front are another tile's */
            while (r0 < t->rows - 1 && t->row_k[r0] < 0) r0++;
            while (c0 < t->cols - 1 && t->col_o[c0] < 0) c0++;
            int32_t x = f->x[t->core] + px_x(f, t->col0 + c0), top = px_y(f, t->row0 + t->rows), h = top - px_y(f, t->row0 + r0), w = px_x(f, t->col0 + t->cols) - px_x(f, t->col0 + c0);
            json_array_append_new(tiles, json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "layer", p->layers.v[li].name, "colour", (int)colour_of(p, li), "x", x, "y", f->h - GAP - top, "w",
                                                   w > 0 ? w : 1, "h", h > 0 ? h : 1, "rows", t->rows - r0, "cols", t->cols - c0));
            n++;
        }
        if (!n) continue;
        json_array_append_new(legend, json_pack("{s:s, s:i, s:i, s:i, s:i}", "name", p->layers.v[li].name, "colour", (int)colour_of(p, li), "y", legend_y, "ty", legend_y + 11, "tiles", (int)n));
        legend_y += 18;
    }
    root = json_pack("{s:s, s:i, s:i, s:i, s:i, s:o, s:o, s:o}", "network", p->network, "cycle", (int)cycle + 1, "cycles", (int)p->cycles, "w", f->w, "h", legend_y + GAP, "cores", cores, "tiles", tiles,
                     "legend", legend);
    return root;
}

static Status svg_write(const Plan *p, const Frame *f, uint32_t cycle, TplSet *set, const char *path)
{
    Out *out;
    TRY(out_open(path, &out));
    json_t *j = svg_json(p, f, cycle);
    Status st = tpl_render(set, "plan.svg", json_view(j), (TplOptions){.html = true, .strict = true}, (TplSink){.out = out});
    if (st == ST_OK) st = out_commit(out, NULL, NULL);
    else out_discard(out);
    json_decref(j);
    return st;
}

/* ---- GIF --------------------------------------------------------------------------------------- */

/* Palette: 0 white, 1 empty crossbar, 2 text and bars, 3 … layers at work, then the same, pale: layers at rest. */
static const uint8_t layer_rgb[COLOURS][3] = {{58, 110, 165}, {208, 122, 31}, {61, 139, 79}, {176, 65, 62}, {142, 90, 168}, {23, 128, 140},
                                              {162, 59, 114}, {120, 120, 30}, {90, 70, 50}, {40, 160, 200}, {230, 90, 140}, {70, 70, 200}};
enum { C_EMPTY = 1, C_BAR = 2, C_LAYER = 3, C_PALE = C_LAYER + COLOURS, PALETTE = 32 };

static void palette(GifColorType c[PALETTE])
{
    memset(c, 0, PALETTE * sizeof *c);
    c[0] = (GifColorType){255, 255, 255};
    c[C_EMPTY] = (GifColorType){236, 236, 230};
    c[C_BAR] = (GifColorType){60, 60, 60};
    for (int k = 0; k < COLOURS; k++) {
        const uint8_t *v = layer_rgb[k];
        c[C_LAYER + k] = (GifColorType){v[0], v[1], v[2]};
        c[C_PALE + k] = (GifColorType){(uint8_t)(190 + v[0] / 4), (uint8_t)(190 + v[1] / 4), (uint8_t)(190 + v[2] / 4)};
    }
}

static void fill(GifPixelType *px, const Frame *f, int32_t x0, int32_t y0, int32_t x1, int32_t y1, GifPixelType c)
{
    for (int32_t y = y0; y < y1; y++)
        for (int32_t x = x0; x < x1; x++) px[(size_t)y * (size_t)f->w + (size_t)x] = c;
}

/* Synapse by synapse: tiles that share blocks must not cover each other. */
static void draw_tile(const Plan *p, const Frame *f, const PlanTile *t, GifPixelType c, GifPixelType *px)
{
    const PlanLayer *l = &p->layers.v[t->layer];
    int32_t base = f->h - GAP;
    for (int32_t r = 0; r < t->rows; r++)
        for (int32_t q = 0; q < t->cols; q++) {
            if (t->row_k[r] < 0 || t->col_o[q] < 0 || t->row_k[r] / plan_rows(l) != t->col_o[q] / (l->oc / l->groups)) continue;
            int32_t x = f->x[t->core] + px_x(f, t->col0 + q), y = base - px_y(f, t->row0 + r) - 1, x1 = f->x[t->core] + px_x(f, t->col0 + q + 1);
            fill(px, f, x, y, x1 > x ? x1 : x + 1, y + 1, c);
        }
}

/* One step: the load's tiles pale, those of the layer that runs in full colour; the bar below tells how far the inference is. */
static void draw_step(const Plan *p, const Frame *f, uint32_t cycle, uint32_t layer, GifPixelType *px)
{
    memset(px, 0, (size_t)f->w * (size_t)f->h);
    for (uint32_t k = 0; k < f->n; k++)
        fill(px, f, f->x[k], f->h - GAP - px_y(f, p->cores.v[k].rows), f->x[k] + px_x(f, p->cores.v[k].cols), f->h - GAP, C_EMPTY);
    for (int32_t now = 0; now < 2; now++)
        for (uint32_t i = 0; i < p->tiles.n; i++) {
            const PlanTile *t = &p->tiles.v[i];
            if (t->cycle == cycle && t->core < f->n && (t->layer == layer) == now)
                draw_tile(p, f, t, (GifPixelType)((now ? C_LAYER : C_PALE) + colour_of(p, t->layer)), px);
        }
    int32_t w = f->w - 2 * GAP;
    fill(px, f, GAP, f->h - GAP / 2, GAP + (int32_t)((int64_t)w * (layer + 1) / p->layers.n), f->h - GAP / 2 + 4, C_BAR);
    fill(px, f, GAP, GAP / 2 - 4, GAP + (int32_t)((int64_t)w * (cycle + 1) / p->cycles), GAP / 2, C_BAR);
}

static int gif_out(GifFileType *g, const GifByteType *b, int n)
{
    out_write(g->UserData, b, (size_t)n);
    return n;
}

static bool put_step(GifFileType *g, const Frame *f, GifPixelType *px)
{
    GraphicsControlBlock gcb = {.DisposalMode = DISPOSE_DO_NOT, .DelayTime = 60, .TransparentColor = NO_TRANSPARENT_COLOR}; /* hundredths of a second */
    GifByteType ext[4];
    EGifGCBToExtension(&gcb, ext);
    bool good = EGifPutExtension(g, GRAPHICS_EXT_FUNC_CODE, sizeof ext, ext) == GIF_OK && EGifPutImageDesc(g, 0, 0, f->w, f->h, false, NULL) == GIF_OK;
    for (int32_t y = 0; y < f->h && good; y++) good = EGifPutLine(g, px + (size_t)y * (size_t)f->w, f->w) == GIF_OK;
    return good;
}

static bool put_steps(const Plan *p, const Frame *f, GifFileType *g)
{
    GifColorType colours[PALETTE];
    static const GifByteType forever[] = {1, 0, 0};
    GifPixelType *px = mem_calloc((size_t)f->w * (size_t)f->h, sizeof *px);
    palette(colours);
    ColorMapObject *map = GifMakeMapObject(PALETTE, colours);
    if (!map) die(ST_LIMIT, "out of memory (giflib)");
    EGifSetGifVersion(g, true);
    bool good = EGifPutScreenDesc(g, f->w, f->h, 8, 0, map) == GIF_OK && EGifPutExtensionLeader(g, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
                EGifPutExtensionBlock(g, 11, "NETSCAPE2.0") == GIF_OK && EGifPutExtensionBlock(g, sizeof forever, forever) == GIF_OK && EGifPutExtensionTrailer(g) == GIF_OK;
    for (uint32_t cycle = 0; cycle < p->cycles; cycle++)
        for (uint32_t li = 0; li < p->layers.n && good; li++) {
            bool here = false;
            for (uint32_t i = 0; i < p->tiles.n && !here; i++) here = p->tiles.v[i].layer == li && p->tiles.v[i].cycle == cycle;
            if (!here) continue;
            draw_step(p, f, cycle, li, px);
            good = put_step(g, f, px);
        }
    GifFreeMapObject(map);
    mem_free(px);
    return good;
}

static Status gif_write(const Plan *p, const Frame *f, const char *path)
{
    Out *out;
    int error = 0;
    TRY(out_open(path, &out));
    GifFileType *g = EGifOpen(out, gif_out, &error);
    if (!g) die(ST_LIMIT, "out of memory (giflib)");
    bool good = put_steps(p, f, g);
    good = EGifCloseFile(g, &error) == GIF_OK && good;
    if (good) return out_commit(out, NULL, NULL);
    out_discard(out);
    return msg_error(ST_IO, "IO-0004", (Loc){path, 0, 0}, "cannot write: %s", GifErrorString(error) ? GifErrorString(error) : "giflib gave up");
}

Status picture_write(const Plan *p, const char *dir, const char *templates)
{
    Arena a = {0};
    Frame f = frame_of(p);
    TplSet *set = tpl_set_new();
    if (templates) tpl_set_dir(set, templates);
    tpl_set_dir(set, io_join(&a, io_data_dir(), "templates"));
    Status st = io_mkdir(dir);
    for (uint32_t c = 0; c < p->cycles && st == ST_OK; c++) st = svg_write(p, &f, c, set, io_join(&a, dir, arena_printf(&a, "plan_%u.svg", c)));
    if (st == ST_OK) st = gif_write(p, &f, io_join(&a, dir, "plan.gif"));
    tpl_set_free(set);
    arena_free(&a);
    return st;
}
