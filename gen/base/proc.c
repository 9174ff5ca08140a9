/*
 * Child programs without a shell: ngspice, ghdl, …
 *
 * Invariant: when proc_run returns, neither the child nor anything it started in its process group is alive.
 * The child sees the C locale, no stdin, and dies with us.
 */
#include "gen/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static bool runnable(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode) && access(path, X_OK) == 0;
}

/* Full path of a program, looked up in PATH unless it has a slash; NULL if there is none. Absolute, because the
 * child starts in another folder. */
static char *find_program(Arena *a, const char *program)
{
    const char *path = getenv("PATH");
    if (!*program) return NULL;
    if (strchr(program, '/') || !path) path = "";
    for (const char *p = path;; p++) {
        size_t n = strcspn(p, ":");
        const char *dir = arena_printf(a, "%.*s", (int)n, p);
        char *full = io_join(a, dir, program);
        if ((n || strchr(program, '/')) && runnable(full)) {
            if (full[0] == '/') return full; /* links stay unresolved: programs such as busybox go by their name */
            char *real = realpath(full, NULL);
            if (real) full = arena_str(a, real);
            free(real);
            return full;
        }
        p += n;
        if (!*p) return NULL;
    }
}

bool proc_available(const char *program)
{
    Arena a = {0};
    bool yes = find_program(&a, program) != NULL;
    arena_free(&a);
    return yes;
}

/* Our environment with LC_ALL=C: what a tool writes must not depend on the user's language. */
static char **child_environment(Arena *a)
{
    size_t n = 0;
    while (environ && environ[n]) n++;
    char **env = arena_array(a, char *, n + 2);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (!str_starts(environ[i], "LC_ALL=")) env[k++] = environ[i];
    env[k] = arena_str(a, "LC_ALL=C");
    return env;
}

typedef struct {
    const char *program, *dir;
    const char *const *argv;
    char **env;
    int null_fd, log_fd, fail_fd;
    pid_t parent;
} Child;

/* Between fork and exec: system calls only, because other threads may hold any lock. */
static void NORETURN child_main(const Child *c)
{
    struct sigaction def = {.sa_handler = SIG_DFL};
    sigset_t none;
    sigemptyset(&none);
    for (int s = 1; s < NSIG; s++)
        if (s != SIGKILL && s != SIGSTOP) sigaction(s, &def, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a run that is killed leaves no simulator behind */
    if (getppid() != c->parent) _exit(127);
    if (dup2(c->null_fd, 0) >= 0 && dup2(c->log_fd, 1) >= 0 && dup2(c->log_fd, 2) >= 0 &&
        (!c->dir || chdir(c->dir) == 0))
        execve(c->program, (char *const *)(uintptr_t)c->argv, c->env);
    int err = errno;
    (void)!write(c->fail_fd, &err, sizeof err);
    _exit(127);
}

/* Has the child ended? It is left unreaped, so that its process group's number cannot be given to others. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    int r;
    do r = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
    while (r != 0 && errno == EINTR);
    return r != 0 || info.si_pid == pid;
}

/* Wait, at most until the timeout; kill the group; reap. */
static int wait_for(pid_t pid, double timeout)
{
    double end = clock_seconds() + timeout;
    long nap_ns = 500 * 1000;
    bool ended;
    while (!(ended = has_ended(pid)) && (timeout <= 0 || clock_seconds() < end)) {
        nanosleep(&(struct timespec){0, nap_ns}, NULL);
        if (nap_ns < 20 * 1000 * 1000) nap_ns += nap_ns / 2;
    }
    kill(-pid, SIGKILL);
    int status = 0;
    pid_t r;
    do r = waitpid(pid, &status, 0);
    while (r < 0 && errno == EINTR);
    if (!ended) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static Status cannot_start(const char *program, const char *what, int err)
{
    return msg_error(ST_IO, "PROC-0002", (Loc){0}, "cannot start %s: %s: %s", program, what, strerror(err));
}

static Status start_and_wait(Child *c, double timeout, int *exit_code)
{
    int fail[2];
    if (pipe2(fail, O_CLOEXEC) != 0) return cannot_start(c->argv[0], "pipe", errno);
    c->fail_fd = fail[1];
    c->parent = getpid();
    pid_t pid = fork();
    if (pid == 0) child_main(c);
    int err = errno;
    close(fail[1]);
    if (pid < 0) {
        close(fail[0]);
        return cannot_start(c->argv[0], "fork", err);
    }
    setpgid(pid, pid); /* as the child does: whoever comes first, the group exists from here on */
    ssize_t k;
    do k = read(fail[0], &err, sizeof err); /* 0 bytes: exec closed the other end */
    while (k < 0 && errno == EINTR);
    close(fail[0]);
    if (k == (ssize_t)sizeof err) {
        waitpid(pid, NULL, 0);
        return cannot_start(c->program, c->dir ? c->dir : ".", err);
    }
    *exit_code = wait_for(pid, timeout);
    return ST_OK;
}

Status proc_run(const char *const *argv, const char *dir, const char *log, double timeout, int *exit_code)
{
    Arena a = {0};
    Status st;
    *exit_code = -1;
    Child c = {.argv = argv, .dir = dir, .null_fd = -1, .log_fd = -1};
    c.program = find_program(&a, argv[0]);
    if (!c.program) {
        st = msg_error(ST_IO, "PROC-0001", (Loc){0}, "program not found: %s", argv[0]);
        goto end;
    }
    c.env = child_environment(&a);
    c.null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    c.log_fd = open(log ? log : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (c.null_fd < 0 || c.log_fd < 0) {
        st = msg_error(ST_IO, "IO-0004", (Loc){log ? log : "/dev/null", 0, 0}, "cannot write: %s", strerror(errno));
        goto end;
    }
    st = start_and_wait(&c, timeout, exit_code);
end:
    if (c.null_fd >= 0) close(c.null_fd);
    if (c.log_fd >= 0) close(c.log_fd);
    arena_free(&a);
    return st;
}
