/* Loaded before the C library (LD_PRELOAD): every fifth fsync and fdatasync, or every so many as
   FAILING_EVERY says, says that the disk failed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

static int calls;

static int failing(const char *name, int file) {
    const char *every = getenv("FAILING_EVERY");
    if (++calls % (every ? atoi(every) : 5) == 0) {
        errno = EIO;
        return -1;
    }
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
}

int fsync(int file) { return failing("fsync", file); }
int fdatasync(int file) { return failing("fdatasync", file); }
