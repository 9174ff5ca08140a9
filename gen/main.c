/* Entry point: which command. */
#include <signal.h>

#include "gen/cli.h"
#include "gen/version.h"

typedef struct {
    const char *name, *usage;
    int (*run)(const Options *o);       /* options of the common table */
    int (*own)(int argc, char **argv);  /* parses by itself */
} Command;

static int cmd_version(const Options *o)
{
    (void)o;
    printf("apugen %s\n", APUGEN_VERSION);
    return ST_OK;
}

static const Command commands[] = {
    {"run", "NET.onnx --arch ARCH --tech TECH [--workload X.npy --labels Y.npy] -o OUT", cmd_run, NULL},
    {"map", "NET.onnx --arch ARCH --tech TECH [--workload X.npy] -o plan.xml", cmd_map, NULL},
    {"build", "plan.xml --tech TECH -o OUT", cmd_build, NULL},
    {"verify", "OUT [--workload X.npy --labels Y.npy] [--spice N] [--hdl N]", cmd_verify, NULL},
    {"port", "OUT --tech TECH2 -o OUT2", cmd_port, NULL},
    {"infer", "NET.onnx --input X.npy -o Y.npy [--exact | --analog OUT]", cmd_infer, NULL},
    {"explore", "NET.onnx --arch ARCH --tech TECH --workload X.npy --labels Y.npy --adc-bits 6:10 --gain 1,2,4 -o OUT", cmd_explore, NULL},
    {"channel", "FILE.chan [-o OUT.chan]", NULL, cmd_channel},
    {"floorplan", "FILE.blocks --nets FILE.nets [--pl FILE.pl] [-o OUT.pl] [--objective area|wirelength|both] [--svg FILE]", NULL, cmd_floorplan},
    {"characterize", "[CELL…] --tech TECH [-o cells.xml] | --corners sign-off|all | --sheets DIR | --liberty FILE | --wires, each with --tech TECH", cmd_characterize, NULL},
    {"draw", "[CELL…] --tech TECH -o OUT", cmd_draw, NULL},
    {"check", "FILE…", cmd_check, NULL},
    {"explain", "MSG-ID", cmd_explain, NULL},
    {"show", "OUT|plan.xml|NET.onnx", cmd_show, NULL},
    {"completion", "bash|zsh|fish", cmd_completion, NULL},
    {"version", "", cmd_version, NULL},
};

static void usage(FILE *to)
{
    fprintf(to, "apugen: from a quantised neural network to a verified analog in-memory-computing chip\n\n");
    for (size_t i = 0; i < COUNTOF(commands); i++) fprintf(to, "  apugen %-12s %s\n", commands[i].name, commands[i].usage);
    fprintf(to, "\n");
}

int main(int argc, char **argv)
{
    msg_install_handlers(); /* asserts end with exit 70, signals discard open outputs */
    signal(SIGPIPE, SIG_IGN); /* a closed stdout is told when it is flushed, below */
    if (argc < 2) {
        usage(stderr);
        return ST_USAGE;
    }
    const char *name = argv[1];
    if (str_eq(name, "help") || str_eq(name, "--help") || str_eq(name, "-h")) {
        usage(stdout);
        cli_options_help();
        return ST_OK;
    }
    if (str_eq(name, "--version")) name = "version";
    for (size_t i = 0; i < COUNTOF(commands); i++) {
        if (!str_eq(commands[i].name, name)) continue;
        int code;
        if (commands[i].own) {
            code = commands[i].own(argc - 2, argv + 2);
        } else {
            Options o;
            Status st = cli_parse(argc - 2, argv + 2, &o);
            code = st == ST_OK ? commands[i].run(&o) : (int)st;
        }
        if (fflush(stdout) != 0 || ferror(stdout)) return msg_error(ST_IO, "IO-0006", (Loc){0}, "cannot write to stdout");
        return code;
    }
    return msg_error(ST_USAGE, "CLI-0006", (Loc){0}, "no command %s; `apugen help` lists them", name);
}
