/* Child programs: their end, their output, their limits. */
#include "tests/base/common.h"

#include <signal.h>
#include <sys/stat.h>

#include "gen/base/io.h"

static char dir[64], out[128];

static void init(void)
{
    make_folder(dir);
    snprintf(out, sizeof out, "%s/log", dir);
}

static void fini(void) { remove_folder(dir); }

TestSuite(proc, .init = init, .fini = fini);

/* Run a line of shell in the folder, expect its exit code, give back its log. */
static void shell(const char *line, double timeout, int want, char *text, size_t size)
{
    const char *argv[] = {"sh", "-c", line, NULL};
    int code;
    cr_assert_eq(proc_run(argv, dir, out, timeout, &code), ST_OK);
    cr_assert_eq(code, want, "exit %d of %s", code, line);
    Buf b;
    cr_assert_eq(io_read(out, 1 << 20, &b), ST_OK);
    snprintf(text, size, "%s", b.s);
    buf_free(&b);
}

TEST(proc, output_folder_and_environment)
{
    char text[300], want[300];
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    shell("echo out; echo err >&2; pwd; cat; echo $LC_ALL; exit 3", 10, 3, text, sizeof text);
    snprintf(want, sizeof want, "out\nerr\n%s\nC\n", dir);
    cr_assert_str_eq(text, want);
    shell("true", 10, 0, text, sizeof text);
    cr_assert_str_eq(text, "", "the log is new for every run");
    shell("kill -9 $$", 10, 128 + 9, text, sizeof text);
}

TEST(proc, arguments_are_not_seen_by_a_shell)
{
    const char *argv[] = {"printf", "%s|", "a b", "$HOME", "*", "", "'\"", NULL};
    int code;
    cr_assert_eq(proc_run(argv, NULL, out, 10, &code), ST_OK);
    Buf b;
    cr_assert_eq(io_read(out, 1000, &b), ST_OK);
    cr_assert_str_eq(b.s, "a b|$HOME|*||'\"|");
    buf_free(&b);
}

TEST(proc, missing_program_is_named)
{
    const char *argv[] = {"ngspice-not-there", NULL};
    int code;
    msg_capture_begin();
    cr_assert_eq(proc_run(argv, dir, out, 10, &code), ST_IO);
    SAID("ngspice-not-there [PROC-0001]");
    cr_assert(proc_available("sh") && !proc_available("ngspice-not-there") && !proc_available(""));
    cr_assert(proc_available("/bin/sh") && !proc_available("/bin/ngspice-not-there") && !proc_available("/tmp"));
    put_file(out, "#!/bin/sh\nexit 4\n", 17);
    chmod(out, 0644);
    cr_assert(!proc_available(out), "not executable");
    unsetenv("PATH");
    cr_assert(!proc_available("sh"));
}

TEST(proc, path_is_searched_in_order)
{
    char path[300], text[100];
    put_file(out, "#!/bin/sh\necho mine\n", 20);
    chmod(out, 0755);
    snprintf(path, sizeof path, "%s/prog", dir);
    rename(out, path);
    snprintf(path, sizeof path, "/nowhere::%s:/usr/bin:/bin", dir);
    setenv("PATH", path, 1);
    shell("prog", 10, 0, text, sizeof text);
    cr_assert_str_eq(text, "mine\n");
    cr_assert_eq(chdir(dir), 0);
    const char *argv[] = {"./prog", NULL}; /* relative to us, not to the child's folder */
    int code;
    cr_assert_eq(proc_run(argv, "/", out, 10, &code), ST_OK);
    cr_assert_eq(code, 0);
}

TEST(proc, what_cannot_be_started_is_told)
{
    int code;
    const char *argv[] = {"true", NULL};
    msg_capture_begin();
    cr_assert_eq(proc_run(argv, "/nowhere", out, 10, &code), ST_IO);
    SAID("PROC-0002");
    msg_capture_begin();
    cr_assert_eq(proc_run(argv, dir, "/nowhere/log", 10, &code), ST_IO);
    SAID("IO-0004");
    char prog[128];
    snprintf(prog, sizeof prog, "%s/broken", dir);
    put_file(prog, "#!/nowhere/interpreter\n", 23);
    chmod(prog, 0755);
    const char *broken[] = {prog, NULL};
    msg_capture_begin();
    cr_assert_eq(proc_run(broken, dir, out, 10, &code), ST_IO);
    SAID("PROC-0002");
}

static bool alive(const char *pid_file)
{
    Buf b;
    char p[200];
    int64_t pid;
    snprintf(p, sizeof p, "%s/%s", dir, pid_file);
    cr_assert_eq(io_read(p, 100, &b), ST_OK);
    b.s[strcspn(b.s, "\n")] = 0;
    cr_assert(str_to_i64(b.s, &pid));
    buf_free(&b);
    for (int i = 0; i < 50; i++) { /* a killed process may still wait for init to reap it */
        char stat_path[64], state = 'Z';
        snprintf(stat_path, sizeof stat_path, "/proc/%d/stat", (int)pid);
        FILE *f = fopen(stat_path, "r");
        if (!f) return false;
        if (fscanf(f, "%*d %*s %c", &state) != 1) state = 'Z';
        fclose(f);
        if (state == 'Z' || state == 'X') return false;
        usleep(10000);
    }
    return true;
}

TEST(proc, timeout_kills_the_whole_group)
{
    char text[100];
    double began = clock_seconds();
    shell("trap '' TERM; sleep 100 & echo $! > pid; echo started; wait", 0.4, -1, text, sizeof text);
    double took = clock_seconds() - began;
    cr_assert(took >= 0.4 && took < 5, "%g s", took);
    cr_assert_str_eq(text, "started\n");
    cr_assert(!alive("pid"));
}

TEST(proc, what_the_child_leaves_behind_is_killed)
{
    char text[100];
    shell("sleep 100 & echo $! > pid; exit 5", 10, 5, text, sizeof text);
    cr_assert(!alive("pid"));
}

static Status one(void *ctx, uint32_t i)
{
    int *codes = ctx;
    char line[32], log[128];
    snprintf(line, sizeof line, "exit %u", i);
    snprintf(log, sizeof log, "%s/log%u", dir, i);
    const char *argv[] = {"sh", "-c", line, NULL};
    return proc_run(argv, dir, log, 20, &codes[i]);
}

TEST(proc, children_of_many_threads)
{
    int codes[40];
    cr_assert_eq(par_for(40, 4, one, codes), ST_OK);
    for (int i = 0; i < 40; i++) cr_assert_eq(codes[i], i);
}
