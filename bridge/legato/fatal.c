/*
 * The end of a process that broke the rules, or that the system gives nothing to.
 */
#include "bridge/legato/fatal.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_flag is_ending = ATOMIC_FLAG_INIT;
static _Thread_local bool ends_here;

void legato_fatal_end(void)
{
    if (ends_here) /* again, inside of what exit() calls */
        _exit(EXIT_FAILURE);
    if (atomic_flag_test_and_set(&is_ending))
        pthread_exit(NULL);
    ends_here = true;
    exit(EXIT_FAILURE);
}

void legato_fatal_at(const char *file, const char *function, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    legato_log_write(legato_log_mark(LEGATO_EMERGENCY), LEGATO_COMPONENT, file, function, line,
                     format, arguments);
    va_end(arguments);
    legato_fatal_end();
}

void *legato_allocate(size_t size)
{
    void *memory = calloc(1, size == 0 ? 1 : size);
    if (memory == NULL)
        legato_fatal("no memory for %zu octets", size);
    return memory;
}
