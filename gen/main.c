/* Entry point: which command. */
#include <signal.h>

#include "gen/cli.h"
#include "gen/version.h"

typedef struct {
    const char *usage;
    int (*run)(const Options *o);
} Command;

int cmd_version(const Options *o)
{
    (void)o;
    printf("apugen %s\n", APUGEN_VERSION);
    return ST_OK;
}

static const Command commands[CLI_COUNT] = {
    [CLI_RUN] = {"NET.onnx --arch ARCH --tech TECH [--workload X.npy --labels Y.npy] -o OUT", cmd_run},
    [CLI_MAP] = {"NET.onnx --arch ARCH --tech TECH [--workload X.npy] -o plan.xml", cmd_map},
    [CLI_BUILD] = {"plan.xml --tech TECH -o OUT", cmd_build},
    [CLI_VERIFY] = {"OUT [--workload X.npy --labels Y.npy] [--spice N] [--hdl N]", cmd_verify},
    [CLI_PORT] = {"OUT --tech TECH2 -o OUT2", cmd_port},
    [CLI_INFER] = {"NET.onnx --input X.npy -o Y.npy [--exact | --analog OUT]", cmd_infer},
    [CLI_EXPLORE] = {"NET.onnx --arch ARCH --tech TECH --workload X.npy --labels Y.npy --adc-bits 6:10 --gain 1,2,4 -o OUT", cmd_explore},
    [CLI_CHANNEL] = {"FILE.chan [-o OUT.chan]", cmd_channel},
    [CLI_FLOORPLAN] = {"FILE.blocks --nets FILE.nets [--pl FILE.pl] [-o OUT.pl] [--objective area|wirelength|both] [--svg FILE]", cmd_floorplan},
    [CLI_CHARACTERIZE] = {"[CELL…] --tech TECH [-o cells.xml] | --corners sign-off|all | --sheets DIR | --liberty FILE | --wires, each with --tech TECH", cmd_characterize},
    [CLI_DRAW] = {"[CELL…] --tech TECH -o OUT", cmd_draw},
    [CLI_CHECK] = {"FILE…", cmd_check},
    [CLI_EXPLAIN] = {"MSG-ID", cmd_explain},
    [CLI_SHOW] = {"OUT|plan.xml|NET.onnx", cmd_show},
    [CLI_COMPLETION] = {"bash|zsh|fish", cmd_completion},
    [CLI_VERSION] = {"", cmd_version},
};

static void usage(FILE *to, CommandId c)
{
    fprintf(to, "  apugen %-12s %s\n", cli_command_name(c), commands[c].usage);
}

static void usage_all(FILE *to)
{
    fprintf(to, "apugen: from a quantised neural network to a verified analog in-memory-computing chip\n\n");
    for (CommandId c = 0; c < CLI_COUNT; c++) usage(to, c);
    fprintf(to, "\n");
}

static bool asks_help(const char *word)
{
    return str_eq(word, "help") || str_eq(word, "--help") || str_eq(word, "-h");
}

static int help(CommandId c)
{
    if (c == CLI_COUNT) usage_all(stdout);
    else {
        usage(stdout, c);
        printf("\n");
    }
    cli_options_help(c);
    return ST_OK;
}

static CommandId command_called(const char *name)
{
    CommandId c = 0;
    while (c < CLI_COUNT && !str_eq(cli_command_name(c), name)) c++;
    return c;
}

/* `apugen help`, `apugen help run`, `apugen run --help`. */
static bool helped(int argc, char **argv, int *code)
{
    CommandId c = command_called(argv[1]);
    bool first = asks_help(argv[1]);
    if (first) c = argc > 2 ? command_called(argv[2]) : CLI_COUNT;
    for (int i = 2; i < argc && !first; i++) first = argv[i][0] == '-' && asks_help(argv[i]);
    if (!first || (c == CLI_COUNT && argc > 2)) return false;
    *code = help(c);
    return true;
}

int main(int argc, char **argv)
{
    msg_install_handlers(); /* asserts end with exit 70, signals discard open outputs */
    signal(SIGPIPE, SIG_IGN); /* a closed stdout is told when it is flushed, below */
    if (argc < 2) {
        usage_all(stderr);
        return ST_USAGE;
    }
    int code;
    if (!helped(argc, argv, &code)) {
        const char *name = asks_help(argv[1]) ? argv[2] : str_eq(argv[1], "--version") ? "version" : argv[1];
        CommandId c = command_called(name);
        if (c == CLI_COUNT) return msg_error(ST_USAGE, "CLI-0006", (Loc){0}, "no command %s; `apugen help` lists them", name);
        Options o;
        Status st = cli_parse(c, argc - 2, argv + 2, &o);
        if (st == ST_OK && !o.dry_run) st = cli_outputs(c, &o);
        code = st == ST_OK ? commands[c].run(&o) : (int)st;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) return msg_error(ST_IO, "IO-0006", (Loc){0}, "cannot write to stdout");
    return code;
}
