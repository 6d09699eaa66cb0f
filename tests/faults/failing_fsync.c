/* Loaded before the C library (LD_PRELOAD): every fifth fsync and fdatasync says that the disk failed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>

static int calls;

static int failing(const char *name, int file) {
    if (++calls % 5 == 0) {
        errno = EIO;
        return -1;
    }
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
}

int fsync(int file) { return failing("fsync", file); }
int fdatasync(int file) { return failing("fdatasync", file); }
