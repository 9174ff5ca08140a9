/* Child processes: no shell, a log file, a time limit for the whole process group. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gen/base/io.h"

bool proc_available(const char *program)
{
    if (strchr(program, '/')) return access(program, X_OK) == 0;
    const char *path = getenv("PATH");
    if (!path) path = "/usr/bin:/bin";
    while (*path) {
        const char *end = strchr(path, ':');
        size_t n = end ? (size_t)(end - path) : strlen(path);
        char p[PATH_MAX];
        if (n && n + strlen(program) + 2 < sizeof p) {
            snprintf(p, sizeof p, "%.*s/%s", (int)n, path, program);
            if (access(p, X_OK) == 0) return true;
        }
        path += n + (end != NULL);
    }
    return false;
}

static void child(const char *const *argv, const char *dir, const char *log)
{
    setpgid(0, 0);
    int in = open("/dev/null", O_RDONLY);
    int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
    if (dir && chdir(dir) != 0) _exit(126);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

Status proc_run(const char *const *argv, const char *dir, const char *log, double timeout, int *exit_code)
{
    if (!proc_available(argv[0]))
        return msg_error(ST_IO, "PROC-0001", (Loc){0}, "program %s not found; on Debian: apt-get install it", argv[0]);
    pid_t pid = fork();
    if (pid < 0) return msg_error(ST_IO, "PROC-0002", (Loc){0}, "cannot start %s: %s", argv[0], strerror(errno));
    if (pid == 0) child(argv, dir, log);
    setpgid(pid, pid);
    double end = clock_seconds() + timeout;
    int status = 0;
    struct timespec nap = {0, 1000000};
    for (;;) {
        pid_t r = waitpid(pid, &status, WNOHANG);
        if (r == pid) break;
        if (r < 0 && errno != EINTR) return msg_error(ST_IO, "PROC-0002", (Loc){0}, "lost %s: %s", argv[0], strerror(errno));
        if (clock_seconds() > end) {
            kill(-pid, SIGKILL);
            waitpid(pid, &status, 0);
            *exit_code = -1;
            return ST_OK;
        }
        nanosleep(&nap, NULL);
        if (nap.tv_nsec < 20000000) nap.tv_nsec *= 2;
    }
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ST_OK;
}
