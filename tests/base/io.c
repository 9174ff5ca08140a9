/* Reading, writing, locking; every failure leaves an earlier file alone. */
#include "tests/base/common.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "gen/base/io.h"

static char dir[64], path[128];

static void init(void)
{
    make_folder(dir);
    snprintf(path, sizeof path, "%s/file", dir);
}

static void fini(void) { remove_folder(dir); }

TestSuite(io, .init = init, .fini = fini);

/* Kept by key and kind; what was changed on the disk, or is longer than wanted, is none. */
Test(io, keeps_by_key)
{
    char key[65], other[65], file[256];
    Buf b = {0};
    sha256_hex("a", 1, key);
    sha256_hex("b", 1, other);
    setenv("APUGEN_CACHE", dir, 1);
    keep_open();
    cr_expect_not(keep_get(key, "x", 100, &b));
    keep_put(key, "x", "1\0002\n", 4);
    cr_assert(keep_get(key, "x", 100, &b));
    cr_expect_eq(b.n, 4u);
    cr_expect(memcmp(b.s, "1\0002\n", 5) == 0, "with a 0 behind it");
    cr_expect_not(keep_get(other, "x", 100, &b));
    cr_expect_not(keep_get(key, "y", 100, &b));
    msg_capture_begin();
    cr_expect_not(keep_get(key, "x", 3, &b));
    (void)msg_capture_end();
    snprintf(file, sizeof file, "%s/%s.x", dir, key);
    FILE *f = fopen(file, "r+");
    fseek(f, -1, SEEK_END);
    fputc('!', f);
    fclose(f);
    cr_expect_not(keep_get(key, "x", 100, &b));
    cr_expect_eq(b.n, 0u);
    setenv("APUGEN_CACHE", "", 1);
    keep_put(key, "x", "3", 1);
    cr_expect_not(keep_get(key, "x", 100, &b), "no folder, nothing kept");
    buf_free(&b);
}

static void expect_file(const char *p, const char *text)
{
    Buf b = {0};
    cr_assert_eq(io_read(p, 1 << 20, &b), ST_OK);
    cr_assert_str_eq(b.s, text);
    cr_assert_eq(b.n, strlen(text));
    buf_free(&b);
}

/* ---- reading ---------------------------------------------------------------------------------- */

TEST(io, reads_whole_files_up_to_the_limit)
{
    Buf b;
    put_file(path, "a\0b\n", 4);
    cr_assert_eq(io_read(path, 4, &b), ST_OK);
    cr_assert(b.n == 4 && memcmp(b.s, "a\0b\n", 5) == 0);
    buf_free(&b);
    msg_capture_begin();
    cr_assert_eq(io_read(path, 3, &b), ST_LIMIT);
    SAID("IO-0003");
    cr_assert(!b.s && !b.n);
    put_file(path, "", 0);
    cr_assert_eq(io_read(path, 0, &b), ST_OK);
    cr_assert_str_eq(b.s, "");
    buf_free(&b);
}

/* stat() tells size 0 for these. */
TEST(io, reads_what_has_no_size)
{
    Buf b;
    cr_assert_eq(io_read("/proc/self/maps", 1 << 24, &b), ST_OK);
    cr_assert_gt(b.n, 1000u);
    buf_free(&b);
    msg_capture_begin();
    cr_assert_eq(io_read("/dev/zero", 1 << 20, &b), ST_LIMIT);
    SAID("IO-0003");
}

TEST(io, says_why_it_cannot_read)
{
    Buf b;
    msg_capture_begin();
    cr_assert_eq(io_read(dir, 100, &b), ST_IO);
    SAID("IO-0002");
    msg_capture_begin();
    cr_assert_eq(io_read(path, 100, &b), ST_IO);
    SAID("No such file or directory [IO-0001]");
    put_file(path, "x", 1);
    chmod(path, 0);
    if (geteuid() != 0) {
        msg_capture_begin();
        cr_assert_eq(io_read(path, 100, &b), ST_IO);
        SAID("IO-0001");
    }
    msg_capture_begin();
    cr_assert_eq(io_read("/proc/self/mem", 100, &b), ST_IO, "address 0 cannot be read");
    SAID("IO-0001");
}

TEST(io, folders_and_paths)
{
    Arena a = {0};
    char *deep = io_join(&a, dir, "a/b//c/");
    cr_assert_eq(io_mkdir(deep), ST_OK);
    cr_assert_eq(io_mkdir(deep), ST_OK);
    cr_assert(io_exists(deep));
    cr_assert_eq(io_mkdir("/"), ST_OK);
    cr_assert_eq(io_mkdir("."), ST_OK);
    put_file(path, "x", 1);
    msg_capture_begin();
    cr_assert_eq(io_mkdir(io_join(&a, path, "below")), ST_IO);
    SAID("IO-0004");
    msg_capture_begin();
    cr_assert_eq(io_mkdir(path), ST_IO);
    SAID("IO-0004");
    msg_capture_begin();
    cr_assert_eq(io_mkdir(""), ST_IO);
    SAID("IO-0004");
    cr_assert_str_eq(io_join(&a, "d", "n"), "d/n");
    cr_assert_str_eq(io_join(&a, "d/", "n"), "d/n");
    cr_assert_str_eq(io_join(&a, "", "n"), "n");
    cr_assert_str_eq(io_join(&a, "d", "/n"), "/n");
    arena_free(&a);
}

TEST(io, data_folder)
{
    unsetenv("APUGEN_HOME");
    const char *d = io_data_dir();
    cr_assert(str_eq(d, APUGEN_SRC) || str_ends(d, "/share/apugen"));
    setenv("APUGEN_HOME", dir, 1);
    cr_assert_str_eq(io_data_dir(), dir);
    setenv("APUGEN_HOME", "", 1);
    cr_assert_str_neq(io_data_dir(), "");
}

/* ---- writing ---------------------------------------------------------------------------------- */

TEST(io, output_appears_only_when_committed)
{
    Out *o;
    char hex[65];
    uint64_t bytes;
    cr_assert_eq(out_open(path, &o), ST_OK);
    out_str(o, "ab");
    out_printf(o, "%c%s", 'c', "");
    cr_assert(!io_exists(path));
    cr_assert_eq(out_commit(o, hex, &bytes), ST_OK);
    expect_file(path, "abc");
    cr_assert_eq(bytes, 3u);
    cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-2, B.1 */
    cr_assert_eq(count_files(dir), 1);

    cr_assert_eq(out_open(path, &o), ST_OK);
    out_str(o, "other");
    out_discard(o);
    out_discard(NULL);
    expect_file(path, "abc");
    cr_assert_eq(count_files(dir), 1);

    cr_assert_eq(out_open(path, &o), ST_OK);
    out_str(o, "other");
    out_discard_all();
    cr_assert_eq(count_files(dir), 1);
    msg_capture_begin();
    cr_assert_eq(out_commit(o, NULL, NULL), ST_IO);
    SAID("IO-0004");
    expect_file(path, "abc");
}

/* Pieces of every size around the buffer's, against the hash of the whole. */
TEST(io, long_outputs_in_pieces)
{
    Rng r = rng_make(5, 5);
    Buf all = {0}, back;
    Out *o;
    char hex[65], want[65];
    uint64_t bytes;
    cr_assert_eq(out_open(path, &o), ST_OK);
    static char piece[200000];
    for (int i = 0; i < 60; i++) {
        size_t n = i % 4 == 0 ? 65536 + rng_below(&r, 3) - 1 : rng_below(&r, i % 7 == 0 ? 200000 : 3000);
        for (size_t k = 0; k < n; k++) piece[k] = (char)('a' + rng_below(&r, 26));
        if (i % 5 == 3) out_printf(o, "%.*s", (int)n, piece);
        else out_write(o, piece, n);
        buf_put(&all, piece, n);
    }
    cr_assert_eq(out_commit(o, hex, &bytes), ST_OK);
    cr_assert_eq(bytes, all.n);
    sha256_hex(all.s, all.n, want);
    cr_assert_str_eq(hex, want);
    cr_assert_eq(sha256_file(path, hex), ST_OK);
    cr_assert_str_eq(hex, want);
    cr_assert_eq(io_read(path, 1 << 24, &back), ST_OK);
    cr_assert(back.n == all.n && memcmp(back.s, all.s, all.n) == 0);
    buf_free(&all);
    buf_free(&back);
}

TEST(io, modes_and_links_are_kept)
{
    Out *o;
    struct stat s;
    umask(022);
    cr_assert_eq(out_open(path, &o), ST_OK);
    cr_assert_eq(out_commit(o, NULL, NULL), ST_OK);
    cr_assert(stat(path, &s) == 0 && (s.st_mode & 0777) == 0644, "%o", s.st_mode);
    chmod(path, 0600);
    char ln[128];
    snprintf(ln, sizeof ln, "%s/link", dir);
    cr_assert_eq(symlink("file", ln), 0);
    cr_assert_eq(out_open(ln, &o), ST_OK);
    out_str(o, "through");
    cr_assert_eq(out_commit(o, NULL, NULL), ST_OK);
    expect_file(path, "through");
    cr_assert(lstat(ln, &s) == 0 && S_ISLNK(s.st_mode));
    cr_assert(stat(path, &s) == 0 && (s.st_mode & 0777) == 0600);
}

TEST(io, asks_beforehand_and_leaves_nothing)
{
    char p[200];
    snprintf(p, sizeof p, "%s/asked", dir);
    cr_assert_eq(out_possible(p), ST_OK);
    cr_assert(!io_exists(p));
    cr_assert_eq(out_possible(NULL), ST_OK);
    cr_assert_eq(out_possible("/dev/null"), ST_OK);
    put_file(path, "x", 1);
    cr_assert_eq(out_possible(path), ST_OK);
    Buf was = {0};
    cr_assert_eq(io_read(path, 10, &was), ST_OK);
    cr_assert_str_eq(was.s, "x");
    buf_free(&was);
    snprintf(p, sizeof p, "%s/none/file", dir);
    msg_capture_begin();
    cr_assert_eq(out_possible(p), ST_IO);
    SAID("there is no folder");
}

TEST(io, says_why_it_cannot_open_an_output)
{
    Out *o;
    char p[200];
    msg_capture_begin();
    cr_assert_eq(out_open(dir, &o), ST_IO);
    SAID("IO-0002");
    snprintf(p, sizeof p, "%s/none/file", dir);
    msg_capture_begin();
    cr_assert_eq(out_open(p, &o), ST_IO);
    SAID("IO-0004");
    put_file(path, "x", 1);
    snprintf(p, sizeof p, "%s/below", path);
    msg_capture_begin();
    cr_assert_eq(out_open(p, &o), ST_IO);
    SAID("IO-0004");
    snprintf(p, sizeof p, "%s/", dir);
    msg_capture_begin();
    cr_assert_eq(out_open(p, &o), ST_IO);
    SAID("IO-0002");
    msg_capture_begin();
    cr_assert_eq(out_open("/proc/apugen", &o), ST_IO);
    SAID("IO-0004");
    cr_assert_null(o);
    cr_assert_eq(count_files(dir), 1);
}

TEST(io, full_device_is_told)
{
    Out *o;
    cr_assert_eq(out_open("/dev/full", &o), ST_OK);
    out_str(o, "x");
    msg_capture_begin();
    cr_assert_eq(out_commit(o, NULL, NULL), ST_IO);
    SAID("/dev/full: error: cannot write: No space left on device [IO-0004]");
    cr_assert(io_exists("/dev/full"));
}

TEST(io, pipes_and_devices_are_written_directly)
{
    Out *o;
    uint64_t bytes;
    cr_assert_eq(out_open("/dev/null", &o), ST_OK);
    out_str(o, "x");
    cr_assert_eq(out_commit(o, NULL, &bytes), ST_OK);
    cr_assert_eq(bytes, 1u);
    struct stat s;
    cr_assert(stat("/dev/null", &s) == 0 && S_ISCHR(s.st_mode));
}

/* A limit on the size of files acts as a disk that is full halfway: an error, not the signal SIGXFSZ. */
TEST(io, disk_full_halfway_leaves_the_earlier_file)
{
    Out *o;
    put_file(path, "earlier", 7);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, 100000});
    cr_assert_eq(out_open(path, &o), ST_OK);
    for (int i = 0; i < 100000; i++) out_printf(o, "line %d\n", i);
    msg_capture_begin();
    cr_assert_eq(out_commit(o, NULL, NULL), ST_IO);
    SAID("File too large [IO-0004]");
    expect_file(path, "earlier");
    cr_assert_eq(count_files(dir), 1);
}

TEST(io, rename_that_fails_is_told)
{
    Out *o;
    cr_assert_eq(out_open(path, &o), ST_OK);
    out_str(o, "x");
    cr_assert_eq(mkdir(path, 0777), 0); /* somebody makes a folder of that name meanwhile */
    msg_capture_begin();
    cr_assert_eq(out_commit(o, NULL, NULL), ST_IO);
    SAID("IO-0004");
    cr_assert_eq(count_files(dir), 1);
}

static Status write_one(void *ctx, uint32_t i)
{
    (void)ctx;
    char p[128];
    Out *o;
    snprintf(p, sizeof p, "%s/f%u", dir, i % 10); /* several writers of one file: the last one wins, whole */
    TRY(out_open(p, &o));
    for (int k = 0; k < 100; k++) out_printf(o, "%u ", i % 10);
    if (i % 3 == 0) {
        out_discard(o);
        return ST_OK;
    }
    return out_commit(o, NULL, NULL);
}

TEST(io, outputs_of_many_threads)
{
    cr_assert_eq(par_for(200, 4, write_one, NULL), ST_OK);
    cr_assert_eq(count_files(dir), 10);
    char p[128];
    struct stat s;
    for (int i = 0; i < 10; i++) {
        snprintf(p, sizeof p, "%s/f%d", dir, i);
        cr_assert(stat(p, &s) == 0 && s.st_size == 200);
    }
}

/* ---- hashes and locks ------------------------------------------------------------------------- */

TEST(io, hashes)
{
    char hex[65];
    sha256_hex("", 0, hex);
    cr_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    msg_capture_begin();
    cr_assert_eq(sha256_file(path, hex), ST_IO);
    SAID("IO-0001");
    msg_capture_begin();
    cr_assert_eq(sha256_file(dir, hex), ST_IO);
    SAID("IO-0002");
}

static int lock_in_child(void)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int fd;
        msg_capture_begin();
        Status st = io_lock_dir(dir, &fd);
        _exit(st == ST_IO && strstr(msg_capture_end(), "IO-0005") ? 77 : st == ST_OK ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

TEST(io, one_run_per_folder)
{
    int fd, none;
    cr_assert_eq(io_lock_dir(dir, &fd), ST_OK);
    cr_assert_eq(lock_in_child(), 77);
    io_unlock_dir(fd);
    cr_assert_eq(lock_in_child(), 0);
    io_unlock_dir(-1);
    msg_capture_begin();
    cr_assert_eq(io_lock_dir("/nowhere", &none), ST_IO);
    SAID("IO-0004");
    cr_assert_eq(none, -1);
}

TEST(io, lock_sweeps_what_a_killed_run_left)
{
    char p[128];
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        Out *o;
        _exit(out_open(path, &o)); /* as if killed: nothing is discarded */
    }
    waitpid(pid, NULL, 0);
    cr_assert_eq(count_files(dir), 1);
    snprintf(p, sizeof p, "%s/.file.apugen-%ld-0", dir, (long)getpid()); /* of a process that lives */
    put_file(p, "", 0);
    snprintf(p, sizeof p, "%s/mine.apugen-1", dir); /* not hidden: not ours */
    put_file(p, "", 0);
    int fd;
    cr_assert_eq(io_lock_dir(dir, &fd), ST_OK);
    cr_assert_eq(count_files(dir), 3);
    io_unlock_dir(fd);
}
