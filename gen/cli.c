/* Options: one table says name, kind, where it goes and what it means; parsing, help and completion read it. */
#include "gen/cli.h"

#include "gen/base/io.h"
#include "mapper/mapper.h"

#include <stdlib.h>

typedef enum { OPT_TEXT, OPT_WORD, OPT_NUMBER, OPT_FLAG } OptKind;

typedef struct {
    uint32_t of; /* commands that take it, a bit each */
    const char *name, *alias;
    OptKind kind;
    size_t offset;
    int64_t lo, hi;
    const char *value, *help; /* of a word: all it may be, `|` between */
} OptRow;

#define AT(f) offsetof(Options, f)
#define BIT(c) (1u << (c))
enum {
    ALL = BIT(CLI_COUNT) - 1,
    FLOW = BIT(CLI_RUN) | BIT(CLI_BUILD),
    JUDGED = FLOW | BIT(CLI_VERIFY) | BIT(CLI_PORT), /* what ends in the workload */
    MAPS = BIT(CLI_RUN) | BIT(CLI_MAP) | BIT(CLI_EXPLORE),
    NETS = MAPS | BIT(CLI_SHOW), /* show: the profile of a network as it would be mapped */
    CELLS = BIT(CLI_CHARACTERIZE) | BIT(CLI_DRAW),
    SOLVERS = BIT(CLI_CHANNEL) | BIT(CLI_FLOORPLAN),
};
static const OptRow rows[] = {
    {NETS | BIT(CLI_INFER), "--arch", NULL, OPT_TEXT, AT(arch), 0, 0, "ARCH", "architecture: adelia-gen2, adelia-gen1 or a file"},
    {NETS | FLOW | BIT(CLI_PORT) | CELLS | BIT(CLI_FLOORPLAN), "--tech", NULL, OPT_TEXT, AT(tech), 0, 0, "TECH", "technology: n22, n28, sky130 or a tech.xml"},
    {NETS | JUDGED | CELLS | BIT(CLI_CHECK), "--pdk", NULL, OPT_TEXT, AT(pdk), 0, 0, "DIR", "folder of the PDK that a technology's models need (sky130); default: APUGEN_PDK"},
    {NETS | JUDGED, "--workload", NULL, OPT_TEXT, AT(workload), 0, 0, "X.npy", "inputs of the workload"},
    {NETS | JUDGED, "--labels", NULL, OPT_TEXT, AT(labels), 0, 0, "Y.npy", "their labels"},
    {JUDGED, "--float", NULL, OPT_TEXT, AT(float_net), 0, 0, "NET.onnx", "the float network behind a quantised one, for the first row of the accuracy table"},
    {ALL, "--out", "-o", OPT_TEXT, AT(out), 0, 0, "PATH", "output folder or file"},
    {BIT(CLI_INFER), "--input", NULL, OPT_TEXT, AT(input), 0, 0, "X.npy", "inputs of infer"},
    {BIT(CLI_INFER), "--exact", NULL, OPT_FLAG, AT(exact), 0, 0, NULL, "integers as the hardware computes them"},
    {BIT(CLI_INFER), "--analog", NULL, OPT_TEXT, AT(analog), 0, 0, "OUT", "the behavioural model of a finished design"},
    {NETS, "--adc-bits", NULL, OPT_TEXT, AT(adc_bits_list), 0, 0, "N|A:B", "converter resolution (explore: a range)"},
    {NETS, "--gain", NULL, OPT_TEXT, AT(gain_list), 0, 0, "G[,G]", "converter gain 1, 2, 4 (explore: a list)"},
    {FLOW | BIT(CLI_PORT) | BIT(CLI_DRAW), "--family", NULL, OPT_WORD, AT(family), 0, 0, "charge|current", "family of cells; default: the cheaper that meets the plan and has a layout; draw crossbar: charge"},
    {FLOW | BIT(CLI_PORT), "--corners", NULL, OPT_WORD, AT(corners), 0, 0, "typical|all", "where cells must do what the plan asks; default: at typical and, as far as there are such, at all corners"},
    {NETS, "--rows", NULL, OPT_TEXT, AT(rows_list), 0, 0, "N[,N]", "most rows per conversion (explore: a list); default: the mapper chooses"},
    {NETS, "--repeats", NULL, OPT_TEXT, AT(repeats_list), 0, 0, "N[,N]", "make every conversion N times and average (explore: a list); default: once, with --strategy accuracy the mapper chooses"},
    {NETS, "--strategy", NULL, OPT_TEXT, AT(strategy), 0, 0, "S", "map for utilisation (default), movement, latency, reloads, accuracy; map: all compares them; explore: a list"},
    {NETS, "--digits", NULL, OPT_TEXT, AT(digits), 0, 0, "auto|W,A", "weights and activations rescaled to whole digits, chosen layer by layer or W and A of them at most; default: the network's own integers"},
    {NETS | JUDGED, "--samples", NULL, OPT_NUMBER, AT(samples), 1, 100000000, "N", "use only the first N of the workload"},
    {JUDGED, "--spice", NULL, OPT_NUMBER, AT(spice), 0, 4096, "N", "columns to simulate in ngspice"},
    {JUDGED, "--hdl", NULL, OPT_NUMBER, AT(hdl), 0, 4096, "N", "inferences to simulate in GHDL"},
    {BIT(CLI_CHARACTERIZE), "--wires", NULL, OPT_FLAG, AT(wires), 0, 0, NULL, "wires instead of cells"},
    {BIT(CLI_CHARACTERIZE), "--bare", NULL, OPT_FLAG, AT(bare), 0, 0, NULL, "circuits without the wires of their drawn cells"},
    {BIT(CLI_CHARACTERIZE), "--extracted", NULL, OPT_FLAG, AT(extracted), 0, 0, NULL, "synapse columns and converters with the wires of their drawn cells, beside the bare circuit"},
    {BIT(CLI_CHARACTERIZE), "--corners", NULL, OPT_TEXT, AT(corners), 0, 0, "SET", "corners instead of typical; sign-off (slow low, fast high; cold, hot) or all"},
    {BIT(CLI_CHARACTERIZE), "--sheets", NULL, OPT_TEXT, AT(sheets), 0, 0, "DIR", "write data sheets of what is characterised"},
    {BIT(CLI_CHARACTERIZE), "--liberty", NULL, OPT_TEXT, AT(liberty), 0, 0, "FILE", "the digital row cells, as a Liberty file"},
    {JUDGED | CELLS | NETS, "--templates", NULL, OPT_TEXT, AT(templates), 0, 0, "DIR", "own templates before the built-in ones"},
    {BIT(CLI_FLOORPLAN), "--nets", NULL, OPT_TEXT, AT(nets), 0, 0, "FILE.nets", "nets of the blocks"},
    {BIT(CLI_FLOORPLAN), "--pl", NULL, OPT_TEXT, AT(pl), 0, 0, "FILE.pl", "places of the terminals"},
    {BIT(CLI_FLOORPLAN), "--constraints", NULL, OPT_TEXT, AT(constraints), 0, 0, "FILE", "symmetry, alignment, abutment, fixed blocks, critical nets"},
    {BIT(CLI_FLOORPLAN), "--spacing", NULL, OPT_NUMBER, AT(spacing), 0, 100000, "D", "halo between blocks, in the files' units; default 0"},
    {BIT(CLI_FLOORPLAN), "--outline", NULL, OPT_TEXT, AT(outline), 0, 0, "WxH", "fixed outline; default: free"},
    {BIT(CLI_FLOORPLAN), "--objective", NULL, OPT_WORD, AT(objective), 0, 0, "area|wirelength|both|parasitics", "what is least; default: both, area without nets"},
    {BIT(CLI_CHANNEL), "--objective", NULL, OPT_WORD, AT(objective), 0, 0, "area|wirelength|both", "what is least among results of the least area; default area"},
    {BIT(CLI_CHANNEL), "--router", NULL, OPT_WORD, AT(router), 0, 0, "auto|river|layers", "one layer for rivers, or layers; default auto"},
    {BIT(CLI_CHANNEL), "--layers", NULL, OPT_TEXT, AT(layers), 0, 0, "L", "hv, hvh, vhv, or pairs hvhv..., from below; default hv"},
    {BIT(CLI_CHANNEL), "--max-extra", NULL, OPT_NUMBER, AT(max_extra), 0, UINT32_MAX, "N", "most columns added at the right end; default: any number"},
    {SOLVERS, "--effort", NULL, OPT_NUMBER, AT(effort), 0, 2, "0|1|2", "how long to search: briefly, up to half a minute, minutes; default 1"},
    {SOLVERS, "--svg", NULL, OPT_TEXT, AT(svg), 0, 0, "FILE", "a picture of the result"},
    {ALL, "--threads", "-j", OPT_NUMBER, AT(threads), 1, 1024, "N", "threads; default: all cores"},
    {JUDGED | NETS | BIT(CLI_INFER) | SOLVERS, "--seed", NULL, OPT_NUMBER, AT(seed), 0, INT64_MAX, "S", "seed of every random number; default 1"},
    {FLOW, "--stop-after", NULL, OPT_TEXT, AT(stop_after), 0, 0, "STAGE", "stop after a stage of the flow"},
    {ALL, "--format", NULL, OPT_WORD, AT(format), 0, 0, "text|json", "what stdout shows"},
    {ALL, "--progress", NULL, OPT_WORD, AT(progress), 0, 0, "auto|never", "progress on a terminal"},
    {ALL, "--quiet", "-q", OPT_FLAG, AT(quiet), 0, 0, NULL, "errors only"},
    {ALL, "--verbose", "-v", OPT_FLAG, AT(verbose), 0, 0, NULL, "more on stderr"},
    {ALL, "--dry-run", NULL, OPT_FLAG, AT(dry_run), 0, 0, NULL, "say what would be done"},
};

static const char *const command_name[CLI_COUNT] = {
    [CLI_RUN] = "run", [CLI_MAP] = "map", [CLI_BUILD] = "build", [CLI_VERIFY] = "verify", [CLI_PORT] = "port", [CLI_INFER] = "infer",
    [CLI_EXPLORE] = "explore", [CLI_CHANNEL] = "channel", [CLI_FLOORPLAN] = "floorplan", [CLI_CHARACTERIZE] = "characterize", [CLI_DRAW] = "draw",
    [CLI_CHECK] = "check", [CLI_EXPLAIN] = "explain", [CLI_SHOW] = "show", [CLI_COMPLETION] = "completion", [CLI_VERSION] = "version",
};

const char *cli_command_name(CommandId c)
{
    return command_name[c];
}

static bool called(const char *name, const char *arg, size_t len)
{
    return name && strlen(name) == len && !memcmp(name, arg, len);
}

/* The option of that name: the command's own, else another command's, else NULL. */
static const OptRow *find(CommandId c, const char *arg, size_t len)
{
    const OptRow *other = NULL;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        if (!called(rows[i].name, arg, len) && !called(rows[i].alias, arg, len)) continue;
        if (rows[i].of & BIT(c)) return &rows[i];
        other = &rows[i];
    }
    return other;
}

static bool is_word(const char *words, const char *value)
{
    size_t n = strlen(value);
    for (const char *w = words; w; w = strchr(w, '|') ? strchr(w, '|') + 1 : NULL)
        if (called(value, w, strcspn(w, "|")) && n) return true;
    return false;
}

static Status store(const OptRow *r, const char *value, Options *out)
{
    void *at = (char *)out + r->offset;
    if (r->kind == OPT_WORD && !is_word(r->value, value))
        return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s %s: want one of %s", r->name, value, r->value);
    if (r->kind != OPT_NUMBER) {
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

Status cli_parse(CommandId c, int argc, char **argv, Options *out)
{
    *out = (Options){.args = (const char *const *)argv, .seed = 1, .spice = -1, .hdl = -1, .effort = 1, .max_extra = UINT32_MAX};
    for (int i = 0; i < argc; i++) {
        const char *a = argv[i];
        if (a[0] != '-' || a[1] == 0) {
            argv[out->n_args++] = argv[i];
            continue;
        }
        const char *eq = strchr(a, '=');
        const char *inline_value = a[1] == '-' && eq ? eq + 1 : NULL;
        const OptRow *r = find(c, a, inline_value ? (size_t)(eq - a) : strlen(a));
        if (!r && a[1] == 'j' && a[2]) { /* -j4 */
            r = find(c, "-j", 2);
            inline_value = a + 2;
        }
        if (!r) return msg_error(ST_USAGE, "CLI-0001", (Loc){0}, "unknown option %s; `apugen %s --help` lists them", a, command_name[c]);
        if (!(r->of & BIT(c)))
            return msg_error(ST_USAGE, "CLI-0010", (Loc){0}, "%s does not take %s; `apugen %s --help` lists what it takes", command_name[c], r->name, command_name[c]);
        if (r->kind == OPT_FLAG) {
            *(bool *)((char *)out + r->offset) = true;
            continue;
        }
        if (!inline_value && i + 1 >= argc)
            return msg_error(ST_USAGE, "CLI-0002", (Loc){0}, "%s needs a value: %s", r->name, r->value);
        TRY(store(r, inline_value ? inline_value : argv[++i], out));
    }
    TRY(single("--adc-bits", out->adc_bits_list, 4, 16, &out->adc_bits));
    TRY(single("--gain", out->gain_list, 1, 4, &out->gain));
    TRY(single("--rows", out->rows_list, 16, 65536, &out->rows));
    TRY(single("--repeats", out->repeats_list, 1, 16, &out->repeats));
    out->json = out->format && str_eq(out->format, "json");
    if (out->pdk && setenv("APUGEN_PDK", out->pdk, 1) != 0) die(ST_LIMIT, "out of memory");
    if (out->threads == 0) out->threads = par_default_threads();
    par_set_threads((uint32_t)out->threads);
    msg_level(out->quiet ? MSG_QUIET : out->verbose ? MSG_VERBOSE : MSG_NORMAL);
    msg_progress_mode(out->progress && str_eq(out->progress, "never"));
    return ST_OK;
}

Status cli_need(const char *command, const char *what, const char *value)
{
    if (value) return ST_OK;
    return msg_error(ST_USAGE, "CLI-0004", (Loc){0}, "%s needs %s; `apugen %s --help` shows how", command, what, command);
}

Status cli_outputs(CommandId c, const Options *o)
{
    bool file = c == CLI_MAP || c == CLI_INFER || c == CLI_CHARACTERIZE || c == CLI_CHANNEL || c == CLI_FLOORPLAN; /* of the others -o is a folder */
    TRY(out_possible(file ? o->out : NULL));
    TRY(out_possible(o->svg));
    return out_possible(o->liberty);
}

const char *cli_names(Arena *a, const Options *o, const char *none)
{
    const char *all = o->n_args ? o->args[0] : none;
    for (uint32_t i = 1; i < o->n_args; i++) all = arena_printf(a, "%s %s", all, o->args[i]);
    return all;
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

void cli_options_help(CommandId c)
{
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        if (c != CLI_COUNT && !(rows[i].of & BIT(c))) continue;
        char left[64];
        snprintf(left, sizeof left, "%s%s%s %s", rows[i].alias ? rows[i].alias : "", rows[i].alias ? ", " : "",
                 rows[i].name, rows[i].value ? rows[i].value : "");
        printf("  %-28s%s%s\n", left, strlen(left) > 27 ? "\n                               " : " ", rows[i].help);
    }
}

/* zsh takes bash's completion as it is. */
static void completion_bash(void)
{
    printf("_apugen() {\n  local words\n  case ${COMP_WORDS[1]} in\n");
    for (CommandId c = 0; c < CLI_COUNT; c++) {
        printf("  %s) words='", command_name[c]);
        for (size_t i = 0; i < COUNTOF(rows); i++)
            if (rows[i].of & BIT(c)) printf("%s ", rows[i].name);
        printf("';;\n");
    }
    printf("  esac\n  if [ $COMP_CWORD = 1 ]; then COMPREPLY=($(compgen -W '");
    for (CommandId c = 0; c < CLI_COUNT; c++) printf("%s ", command_name[c]);
    printf("help' -- \"$2\"))\n"
           "  elif [[ $2 == -* ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$2\"))\n  fi\n}\n"
           "complete -o default -F _apugen apugen\n");
}

static void completion_fish(void)
{
    printf("complete -c apugen -n __fish_use_subcommand -a 'help");
    for (CommandId c = 0; c < CLI_COUNT; c++) printf(" %s", command_name[c]);
    printf("'\n");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        printf("complete -c apugen -n '__fish_seen_subcommand_from");
        for (CommandId c = 0; c < CLI_COUNT; c++)
            if (rows[i].of & BIT(c)) printf(" %s", command_name[c]);
        printf("' -l %s -d '%s'%s\n", rows[i].name + 2, rows[i].help, rows[i].kind == OPT_FLAG ? "" : " -r");
    }
}

int cmd_completion(const Options *o)
{
    const char *shell = o->n_args ? o->args[0] : "bash";
    if (str_eq(shell, "zsh")) printf("#compdef apugen\nautoload -U +X bashcompinit && bashcompinit\n");
    if (str_eq(shell, "bash") || str_eq(shell, "zsh")) completion_bash();
    else if (str_eq(shell, "fish")) completion_fish();
    else return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "completion %s: want bash, zsh or fish", shell);
    return ST_OK;
}
