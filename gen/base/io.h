/*
 * Safe input and output: bounded reads, atomic outputs, locked output folders, child processes.
 *
 * Invariant: an output file is complete or absent. It is written to a temporary name in its own
 * folder, flushed, fsynced and renamed by out_commit(); die() and a crash leave earlier files alone.
 */
#ifndef GEN_BASE_IO_H
#define GEN_BASE_IO_H

#include "gen/base/base.h"

/*
 * Read a whole file.
 *   limit   more bytes than this is ST_LIMIT (IO-0003)
 *   out     out: the content, terminated by a 0 that is not counted; owned by the caller (buf_free)
 * Errors    ST_IO IO-0001 cannot open/read, IO-0002 is a folder
 */
Status io_read(const char *path, size_t limit, Buf *out);
bool io_exists(const char *path);
Status io_mkdir(const char *path); /* with parents; ok if it exists; IO-0004 */
/* "dir/name" in the arena; name alone if it is absolute or dir is empty. */
char *io_join(Arena *a, const char *dir, const char *name);
/* Folder of the program's own data (techs/, templates/, …): APUGEN_HOME, the build tree, or PREFIX/share/apugen. */
const char *io_data_dir(void);

typedef struct Out Out; /* one output file being written; buffered; hashes what it writes */

/* IO-0002 is a folder, IO-0004 cannot write. Symbolic links are followed; a device or pipe is written directly. */
Status out_open(const char *path, Out **out);
/* Could a file be written there? Asked before minutes of work that would be lost; leaves nothing behind, opens no pipe. NULL: nothing is asked. As out_open. */
Status out_possible(const char *path);
void out_write(Out *o, const void *p, size_t n); /* a write error is kept and told by out_commit */
void out_str(Out *o, const char *s);
void out_printf(Out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* fsync + rename. sha256_hex (65 bytes) and bytes may be NULL. IO-0004 on any failure. */
Status out_commit(Out *o, char *sha256_hex, uint64_t *bytes);
void out_discard(Out *o);
void out_discard_all(void); /* for die() */

void sha256_hex(const void *p, size_t n, char hex[65]);
Status sha256_file(const char *path, char hex[65]);

/*
 * Results kept from earlier runs by content (keep.c): of decks, of drawn cells. Whoever keeps something puts all it depends on into the key, so that a
 * run gives the same bytes whether they were there or not.
 *   Folder  $APUGEN_CACHE, else $XDG_CACHE_HOME/apugen, else $HOME/.cache/apugen; an empty APUGEN_CACHE means none
 *   key     sha256 as hex      kind  what it is: the file's ending
 * open: make the folder, said once if that fails. get: what `out` held is freed; false if there is none, or it is longer than `limit`, or was damaged. Threads may
 * call get and put.
 */
void keep_open(void);
bool keep_get(const char *key, const char *kind, size_t limit, Buf *out);
void keep_put(const char *key, const char *kind, const void *p, size_t n);

/* Lock an output folder for this process (flock on OUT/.lock); IO-0005 if another run holds it. Removes temporary
 * outputs in it that a killed run left. */
Status io_lock_dir(const char *dir, int *fd);
void io_unlock_dir(int fd);

/*
 * Run a program without a shell, stdin from /dev/null, stdout+stderr into `log`, LC_ALL=C. It dies with us.
 *   argv      NULL-terminated; argv[0] looked up in PATH
 *   dir       working folder of the child
 *   log       NULL: thrown away
 *   timeout   seconds, 0 = none; then the child's process group is killed. So is what the child leaves behind
 *   exit_code out: the child's code, 128+signal, or -1 on timeout
 * Errors      ST_IO PROC-0001 program not found (names it), PROC-0002 cannot start, IO-0004 cannot write the log
 */
Status proc_run(const char *const *argv, const char *dir, const char *log, double timeout, int *exit_code);
bool proc_available(const char *program);

#endif
