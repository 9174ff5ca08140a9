/*
 * The mapper's front: architecture files, and a network's way through fusion, converter choice and packing to a checked plan.
 */
#include "gen/base/io.h"
#include "gen/db/plan_xml.h"
#include "mapper/map.h"

Status arch_read(const char *name_or_path, Arena *a, PlanArch *out)
{
    XmlNode *root = NULL;
    Arena doc = {0};
    bool path = strchr(name_or_path, '/') || str_ends(name_or_path, ".xml");
    const char *file = path ? name_or_path : io_join(&doc, io_data_dir(), arena_printf(&doc, "mapper/arch/%s.xml", name_or_path));
    Status st = ST_OK;
    memset(out, 0, sizeof *out);
    if (!path && !io_exists(file)) st = msg_error(ST_INPUT, "ARCH-0001", (Loc){0}, "no architecture '%s'; built in are adelia-gen2 and adelia-gen1", name_or_path);
    if (st == ST_OK) st = xml_read(&doc, file, &root);
    if (st == ST_OK && !str_eq(root->name, "arch")) st = msg_error(ST_INPUT, "ARCH-0002", xml_loc(root), "root element is <%s>, not <arch>", root->name);
    if (st == ST_OK) st = plan_arch_read(a, root, out);
    if (st == ST_OK && !out->dedicated && (out->rows < out->block_rows || out->rows % out->block_rows || out->cols < out->block_cols || out->cols % out->block_cols))
        st = msg_error(ST_INPUT, "ARCH-0003", xml_loc(root), "crossbar of %d × %d is not made of whole blocks of %d × %d", out->rows, out->cols, out->block_rows, out->block_cols);
    if (st == ST_OK && (out->adc_bits_min > out->adc_bits_max || (out->gain_max & (out->gain_max - 1))))
        st = msg_error(ST_INPUT, "ARCH-0003", xml_loc(root), "converter of %d…%d bit, gain up to %d (a power of 2)", out->adc_bits_min, out->adc_bits_max, out->gain_max);
    arena_free(&doc);
    return st;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What the choice of digits has come to. */
static void report_digits(const Plan *p)
{
    int64_t own = 0, now = 0, convs = 0;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        if (l->op != PLAN_CONV) continue;
        own += l->network_slices + l->network_digits, now += l->slices + l->digits, convs++;
    }
    if (plan_filled(p)) msg_info("mapper: weights and inputs of %lld layers rescaled to %lld whole digits from %lld: results are not the network's bit for bit", (long long)convs, (long long)now, (long long)own);
}

static void report(const Plan *p)
{
    report_digits(p);
    const PlanArch *a = &p->arch;
    int64_t used = p->blocks_used, per_load = (int64_t)p->cores.n * (a->rows / a->block_rows) * (a->cols / a->block_cols);
    double util = used ? 100.0 * (double)p->blocks_bound / (double)used : 0;
    if (a->dedicated) {
        msg_info("mapper: %u crossbars, %lld blocks for a bound of %lld (%.1f %% of their cells hold weights)", p->cores.n, (long long)used, (long long)p->blocks_bound, util);
        return;
    }
    int64_t bound = (p->blocks_bound + per_load - 1) / per_load;
    int64_t bytes = p->cycles > 1 ? used * a->block_rows * a->block_cols * (a->mag_bits + 1) / 8 : 0;
    msg_info("mapper: %u tiles, %u weight loads (bound %lld), %lld blocks for a bound of %lld (%.1f %%), %lld bytes of weights reloaded per inference", p->tiles.n,
             p->cycles, (long long)bound, (long long)used, (long long)p->blocks_bound, util, (long long)bytes);
}

static Status map_all(const Graph *g, const char *path, const PlanArch *arch, const MapOptions *opt, Plan *p)
{
    char *hash = arena_alloc(&p->arena, 65);
    p->arch = *arch;
    p->arch.name = arena_str(&p->arena, arch->name);
    p->network = arena_str(&p->arena, base_name(path));
    TRY(sha256_file(path, hash));
    p->network_sha256 = hash;
    if (g->batch != 1) return msg_error(ST_INPUT, "MAP-0001", graph_loc(g), "the network's batch is %lld; leave it open or make it 1", (long long)g->batch);
    if (opt->calib && opt->calib->count % graph_input_count(g))
        return msg_error(ST_INPUT, "WKL-0001", graph_loc(g), "calibration inputs do not fit the network's input (%lld values)", (long long)graph_input_count(g));
    TRY(fuse_graph(g, opt, p));
    TRY(adc_choose(p, opt));
    TRY(pack_tiles(p, opt->strategy));
    return plan_check(p);
}

Status map_network(const Graph *g, const char *path, const PlanArch *arch, const MapOptions *opt, Plan *out)
{
    memset(out, 0, sizeof *out);
    Status st = map_all(g, path, arch, opt, out);
    if (st == ST_OK) report(out);
    else plan_free(out);
    return st;
}
