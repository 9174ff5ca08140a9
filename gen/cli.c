/* Options: one table says name, kind, where it goes and what it means; parsing, help and completion read it. */
#include "gen/cli.h"

#include "mapper/mapper.h"

#include <stdlib.h>

typedef enum { OPT_TEXT, OPT_NUMBER, OPT_FLAG } OptKind;

typedef struct {
    const char *name, *alias;
    OptKind kind;
    size_t offset;
    int64_t lo, hi;
    const char *value, *help;
} OptRow;

#define AT(f) offsetof(Options, f)
static const OptRow rows[] = {
    {"--arch", NULL, OPT_TEXT, AT(arch), 0, 0, "ARCH", "architecture: adelia-gen2, adelia-gen1 or a file"},
    {"--tech", NULL, OPT_TEXT, AT(tech), 0, 0, "TECH", "technology: n22, n28, sky130 or a tech.xml"},
    {"--pdk", NULL, OPT_TEXT, AT(pdk), 0, 0, "DIR", "folder of the PDK that a technology's models need (sky130); default: APUGEN_PDK"},
    {"--workload", NULL, OPT_TEXT, AT(workload), 0, 0, "X.npy", "inputs of the workload"},
    {"--labels", NULL, OPT_TEXT, AT(labels), 0, 0, "Y.npy", "their labels"},
    {"--float", NULL, OPT_TEXT, AT(float_net), 0, 0, "NET.onnx", "the float network behind a quantised one, for the first row of the accuracy table"},
    {"--out", "-o", OPT_TEXT, AT(out), 0, 0, "PATH", "output folder or file"},
    {"--input", NULL, OPT_TEXT, AT(input), 0, 0, "X.npy", "inputs of infer"},
    {"--exact", NULL, OPT_FLAG, AT(exact), 0, 0, NULL, "infer: integers as the hardware computes them"},
    {"--analog", NULL, OPT_TEXT, AT(analog), 0, 0, "OUT", "infer: the behavioural model of a finished design"},
    {"--adc-bits", NULL, OPT_TEXT, AT(adc_bits_list), 0, 0, "N|A:B", "converter resolution (explore: a range)"},
    {"--gain", NULL, OPT_TEXT, AT(gain_list), 0, 0, "G[,G]", "converter gain 1, 2, 4 (explore: a list)"},
    {"--family", NULL, OPT_TEXT, AT(family), 0, 0, "F", "family of cells: charge or current; default: the cheaper that meets the plan and has a layout"},
    {"--rows", NULL, OPT_TEXT, AT(rows_list), 0, 0, "N[,N]", "most rows per conversion (explore: a list); default: the mapper chooses"},
    {"--repeats", NULL, OPT_TEXT, AT(repeats_list), 0, 0, "N[,N]", "make every conversion N times and average (explore: a list); default: once, with --strategy accuracy the mapper chooses"},
    {"--strategy", NULL, OPT_TEXT, AT(strategy), 0, 0, "S", "map for utilisation (default), movement, latency, reloads, accuracy; map: all compares them; explore: a list"},
    {"--digits", NULL, OPT_TEXT, AT(digits), 0, 0, "auto|W,A", "weights and activations rescaled to whole digits, chosen layer by layer or W and A of them at most; default: the network's own integers"},
    {"--samples", NULL, OPT_NUMBER, AT(samples), 1, 100000000, "N", "use only the first N of the workload"},
    {"--spice", NULL, OPT_NUMBER, AT(spice), 0, 4096, "N", "columns to simulate in ngspice"},
    {"--hdl", NULL, OPT_NUMBER, AT(hdl), 0, 4096, "N", "inferences to simulate in GHDL"},
    {"--wires", NULL, OPT_FLAG, AT(wires), 0, 0, NULL, "characterize: wires instead of cells"},
    {"--extracted", NULL, OPT_FLAG, AT(extracted), 0, 0, NULL, "characterize: synapse columns with the wires of their drawn cells, beside the bare circuit"},
    {"--corners", NULL, OPT_TEXT, AT(corners), 0, 0, "SET", "characterize: corners instead of typical; sign-off (slow low, fast high; cold, hot) or all"},
    {"--sheets", NULL, OPT_TEXT, AT(sheets), 0, 0, "DIR", "characterize: write data sheets of what is characterised"},
    {"--liberty", NULL, OPT_TEXT, AT(liberty), 0, 0, "FILE", "characterize: the digital row cells, as a Liberty file"},
    {"--templates", NULL, OPT_TEXT, AT(templates), 0, 0, "DIR", "own templates before the built-in ones"},
    {"--threads", "-j", OPT_NUMBER, AT(threads), 1, 1024, "N", "threads; default: all cores"},
    {"--seed", NULL, OPT_NUMBER, AT(seed), 0, INT64_MAX, "S", "seed of every random number; default 1"},
    {"--analog-weight", NULL, OPT_NUMBER, AT(analog_weight), 1, 10000, "W", "place: the length of an analog net counts W times; default 10"},
    {"--stop-after", NULL, OPT_TEXT, AT(stop_after), 0, 0, "STAGE", "stop after a stage of the flow"},
    {"--format", NULL, OPT_TEXT, AT(format), 0, 0, "text|json", "what stdout shows"},
    {"--progress", NULL, OPT_TEXT, AT(progress), 0, 0, "auto|never", "progress on a terminal"},
    {"--quiet", "-q", OPT_FLAG, AT(quiet), 0, 0, NULL, "errors only"},
    {"--verbose", "-v", OPT_FLAG, AT(verbose), 0, 0, NULL, "more on stderr"},
    {"--dry-run", NULL, OPT_FLAG, AT(dry_run), 0, 0, NULL, "say what would be done"},
};

static const OptRow *find(const char *arg, size_t name_len)
{
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        if (strlen(rows[i].name) == name_len && !memcmp(rows[i].name, arg, name_len)) return &rows[i];
        if (rows[i].alias && strlen(rows[i].alias) == name_len && !memcmp(rows[i].alias, arg, name_len)) return &rows[i];
    }
    return NULL;
}

static Status store(const OptRow *r, const char *value, Options *out)
{
    void *at = (char *)out + r->offset;
    if (r->kind == OPT_TEXT) {
        *(const char **)at = value;
        return ST_OK;
    }
    int64_t v;
    if (!str_to_i64(value, &v) || v < r->lo || v > r->hi)
        return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s %s: want a whole number from %lld to %lld", r->name, value,
                         (long long)r->lo, (long long)r->hi);
    *(int64_t *)at = v;
    return ST_OK;
}

static Status one_of(const char *opt, const char *value, const char *a, const char *b)
{
    if (!value || str_eq(value, a) || str_eq(value, b)) return ST_OK;
    return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s %s: want %s or %s", opt, value, a, b);
}

/* "10" -> 10; lists and ranges are explore's business. */
static Status single(const char *opt, const char *text, int64_t lo, int64_t hi, int64_t *out)
{
    if (!text) return ST_OK;
    if (strchr(text, ':') || strchr(text, ',')) return ST_OK;
    if (!str_to_i64(text, out) || *out < lo || *out > hi)
        return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s %s: want a whole number from %lld to %lld", opt, text,
                         (long long)lo, (long long)hi);
    return ST_OK;
}

Status cli_parse(int argc, char **argv, Options *out)
{
    *out = (Options){.seed = 1, .spice = -1, .hdl = -1};
    for (int i = 0; i < argc; i++) {
        const char *a = argv[i];
        if (a[0] != '-' || a[1] == 0) {
            if (out->n_args == CLI_ARGS_MAX)
                return msg_error(ST_USAGE, "CLI-0005", (Loc){0}, "more than %d arguments", CLI_ARGS_MAX);
            out->args[out->n_args++] = a;
            continue;
        }
        const char *eq = strchr(a, '=');
        const char *inline_value = a[1] == '-' && eq ? eq + 1 : NULL;
        const OptRow *r = find(a, inline_value ? (size_t)(eq - a) : strlen(a));
        if (!r && a[1] == 'j' && a[2]) { /* -j4 */
            r = find("-j", 2);
            inline_value = a + 2;
        }
        if (!r) return msg_error(ST_USAGE, "CLI-0001", (Loc){0}, "unknown option %s; `apugen help` lists them", a);
        if (r->kind == OPT_FLAG) {
            *(bool *)((char *)out + r->offset) = true;
            continue;
        }
        if (!inline_value && i + 1 >= argc)
            return msg_error(ST_USAGE, "CLI-0002", (Loc){0}, "%s needs a value: %s", r->name, r->value);
        TRY(store(r, inline_value ? inline_value : argv[++i], out));
    }
    TRY(one_of("--format", out->format, "text", "json"));
    TRY(one_of("--family", out->family, "charge", "current"));
    TRY(one_of("--progress", out->progress, "auto", "never"));
    TRY(single("--adc-bits", out->adc_bits_list, 4, 16, &out->adc_bits));
    TRY(single("--gain", out->gain_list, 1, 4, &out->gain));
    TRY(single("--rows", out->rows_list, 16, 65536, &out->rows));
    TRY(single("--repeats", out->repeats_list, 1, 16, &out->repeats));
    out->json = out->format && str_eq(out->format, "json");
    if (out->pdk && setenv("APUGEN_PDK", out->pdk, 1) != 0) die(ST_LIMIT, "out of memory");
    if (out->threads == 0) out->threads = par_default_threads();
    msg_level(out->quiet ? MSG_QUIET : out->verbose ? MSG_VERBOSE : MSG_NORMAL);
    msg_progress_mode(out->progress && str_eq(out->progress, "never"));
    return ST_OK;
}

Status cli_need(const char *command, const char *what, const char *value)
{
    if (value) return ST_OK;
    return msg_error(ST_USAGE, "CLI-0004", (Loc){0}, "%s needs %s; `apugen help` shows how", command, what);
}

Status cli_single(const char *command, const Options *o)
{
    if (o->adc_bits_list && !o->adc_bits)
        return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s --adc-bits %s: want one number; explore takes ranges", command, o->adc_bits_list);
    if (o->gain_list && !o->gain)
        return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s --gain %s: want one number; explore takes lists", command, o->gain_list);
    if (o->rows_list && !o->rows) return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s --rows %s: want one number; explore takes lists", command, o->rows_list);
    if (o->repeats_list && !o->repeats) return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s --repeats %s: want one number; explore takes lists", command, o->repeats_list);
    return ST_OK;
}

Status cli_strategy(const Options *o, bool all, int32_t *out)
{
    *out = 0;
    if (!o->strategy || (all && str_eq(o->strategy, "all"))) return ST_OK;
    for (; map_strategy_names[*out]; ++*out)
        if (str_eq(o->strategy, map_strategy_names[*out])) return ST_OK;
    return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "--strategy %s: want utilisation, movement, latency, reloads%s", o->strategy, all ? ", accuracy or all" : " or accuracy");
}

Status cli_digits(const Options *o, bool *choose, int32_t *weights, int32_t *inputs)
{
    const char *d = o->digits;
    *choose = d && str_eq(d, "auto");
    *weights = *inputs = 0;
    if (!d || *choose) return ST_OK;
    if (strlen(d) != 3 || d[0] < '1' || d[0] > '3' || d[1] != ',' || d[2] < '1' || d[2] > '3')
        return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "--digits %s: want auto, or 1 to 3 digits of weights and of activations like 3,2", d);
    *weights = d[0] - '0';
    *inputs = d[2] - '0';
    return ST_OK;
}

void cli_options_help(void)
{
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        char left[48];
        snprintf(left, sizeof left, "%s%s%s %s", rows[i].alias ? rows[i].alias : "", rows[i].alias ? ", " : "",
                 rows[i].name, rows[i].value ? rows[i].value : "");
        printf("  %-28s %s\n", left, rows[i].help);
    }
}

int cmd_completion(const Options *o)
{
    const char *shell = o->n_args ? o->args[0] : "bash";
    static const char *const commands =
        "run map build verify port infer explore channel floorplan characterize draw check explain show completion version help";
    if (str_eq(shell, "bash")) {
        printf("complete -f -W '%s", commands);
        for (size_t i = 0; i < COUNTOF(rows); i++) printf(" %s", rows[i].name);
        printf("' apugen\n");
    } else if (str_eq(shell, "zsh")) {
        printf("#compdef apugen\n_arguments '1:command:(%s)' '*:file:_files'", commands);
        for (size_t i = 0; i < COUNTOF(rows); i++)
            printf(" '%s[%s]%s'", rows[i].name, rows[i].help, rows[i].kind == OPT_FLAG ? "" : ":value:_files");
        printf("\n");
    } else if (str_eq(shell, "fish")) {
        printf("complete -c apugen -n __fish_use_subcommand -a '%s'\n", commands);
        for (size_t i = 0; i < COUNTOF(rows); i++)
            printf("complete -c apugen -l %s -d '%s'%s\n", rows[i].name + 2, rows[i].help,
                   rows[i].kind == OPT_FLAG ? "" : " -r");
    } else {
        return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "completion %s: want bash, zsh or fish", shell);
    }
    return ST_OK;
}
