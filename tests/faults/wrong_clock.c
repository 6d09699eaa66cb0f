/* Loaded before the C library (LD_PRELOAD): the time of day is wrong by as many seconds as the file WRONG_BY says. Clocks that only count are right. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long wrong(void) {
    const char *path = getenv("WRONG_BY");
    FILE *told = path ? fopen(path, "r") : NULL;
    long seconds = 0;
    if (told) {
        if (fscanf(told, "%ld", &seconds) != 1) seconds = 0;
        fclose(told);
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = ((int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime"))(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += wrong();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = ((int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday"))(now, zone);
    if (result == 0 && now) now->tv_sec += wrong();
    return result;
}

time_t time(time_t *now) {
    time_t told = ((time_t (*)(time_t *))dlsym(RTLD_NEXT, "time"))(NULL) + wrong();
    if (now) *now = told;
    return told;
}
