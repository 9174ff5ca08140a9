/*
 * The command line (DESIGN §7): one options record, one table of options, one table of commands.
 */
#ifndef GEN_CLI_H
#define GEN_CLI_H

#include "gen/base/base.h"

typedef enum {
    CLI_RUN, CLI_MAP, CLI_BUILD, CLI_VERIFY, CLI_PORT, CLI_INFER, CLI_EXPLORE, CLI_CHANNEL, CLI_FLOORPLAN, CLI_CHARACTERIZE, CLI_DRAW,
    CLI_CHECK, CLI_EXPLAIN, CLI_SHOW, CLI_COMPLETION, CLI_VERSION,
    CLI_COUNT
} CommandId;

typedef struct {
    const char *const *args; /* positional, after the command; in argv, that they were moved together in */
    uint32_t n_args;
    const char *arch, *tech, *pdk, *workload, *labels, *out, *input, *analog, *stop_after, *format, *progress, *templates, *float_net, *strategy, *digits;
    const char *corners, *sheets, *liberty, *family;
    const char *adc_bits_list, *gain_list, *rows_list, *repeats_list;
    const char *nets, *pl, *constraints, *outline, *objective, *router, *layers, *svg; /* of the solvers, channel and floorplan */
    int64_t effort, spacing, max_extra;
    int64_t threads, seed, adc_bits, gain, rows, repeats, spice, hdl, samples;
    bool exact, quiet, verbose, dry_run, wires, bare, extracted, json, keep;
} Options;

const char *cli_command_name(CommandId c);
/* Parse argv after the command name; arguments that are no options, as many as there are, are moved to its beginning. CLI-0001 unknown option, CLI-0002
 * missing value, CLI-0003 not a number, out of range, or none of the option's words, CLI-0010 an option of other commands. */
Status cli_parse(CommandId c, int argc, char **argv, Options *out);
/* Options that a command must have; CLI-0004 names the missing one. */
Status cli_need(const char *command, const char *what, const char *value);
/* Can the output files that the options name be written? IO-0002, IO-0004: told before the work instead of after it. */
Status cli_outputs(CommandId c, const Options *o);
/* The command's arguments in a row, or `none` if there are none. */
const char *cli_names(Arena *a, const Options *o, const char *none);
/* --adc-bits and --gain as single numbers: everywhere but in explore. CLI-0003 */
Status cli_single(const char *command, const Options *o);
/* --strategy as the mapper knows it; `all`: also accepted as such. CLI-0003 */
Status cli_strategy(const Options *o, bool all, int32_t *out);
/* --digits: `auto`, or digits of weights and of inputs, 1…3 each; absent: both 0. CLI-0003 */
Status cli_digits(const Options *o, bool *choose, int32_t *weights, int32_t *inputs);
/* The options of one command on stdout, of all with CLI_COUNT. */
void cli_options_help(CommandId c);

/* Commands; each returns the exit code. */
int cmd_run(const Options *o);
int cmd_map(const Options *o);
int cmd_build(const Options *o);
int cmd_verify(const Options *o);
int cmd_port(const Options *o);
int cmd_infer(const Options *o);
int cmd_explore(const Options *o);
int cmd_characterize(const Options *o);
int cmd_draw(const Options *o);
int cmd_check(const Options *o);
int cmd_explain(const Options *o);
int cmd_show(const Options *o);
int cmd_profile(const Options *o);
int cmd_completion(const Options *o);
int cmd_channel(const Options *o);
int cmd_floorplan(const Options *o);
int cmd_version(const Options *o);

#endif
