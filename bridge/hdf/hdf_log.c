/*
 * HDF's log: which messages are printed, with which tag, and who hears of them. How lines look is
 * bridge/marked_log.c's affair.
 */
#include "include/hdf/hdf_log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include "bridge/marked_format.h"
#include "bridge/marked_log.h"
#include "include/hdf/viaduct_hdf.h"

#define TAG_OF_NOBODY "HDF"
/* Whose log it is: the system's own, not an application's. */
#define KIND_CORE 'C'
#define LEVEL_DEBUG 3

static atomic_int least_level;       /* 0: not set, the environment's counts */
static _Atomic(via_hdf_log_fn) sink; /* NULL: nobody */

void via_hdf_set_log_level(int level)
{
    if (level == 0 || (level >= LEVEL_DEBUG && level <= MARKED_LEVEL_MOST))
        atomic_store(&least_level, level);
}

void via_hdf_set_log_sink(via_hdf_log_fn callback)
{
    atomic_store(&sink, callback);
}

static bool is_printed(int level)
{
    int least = atomic_load(&least_level);
    if (least == 0)
        least = marked_log_level();
    return level >= MARKED_LEVEL_LEAST && level <= MARKED_LEVEL_MOST && level >= least;
}

/* @name has MARKED_TAG_MAX + 1 octets. A tag that was defined as a string comes with its marks. */
static void name_of_tag(char *name, const char *tag)
{
    if (tag == NULL)
        tag = TAG_OF_NOBODY;
    size_t size = strlen(tag);
    if (size >= 2 && tag[0] == '"' && tag[size - 1] == '"') {
        tag++;
        size -= 2;
    }
    if (size > MARKED_TAG_MAX)
        size = MARKED_TAG_MAX;
    memcpy(name, tag, size);
    name[size] = '\0';
}

void via_hdf_log(int level, unsigned int domain, const char *tag, const char *fmt, ...)
{
    if (fmt == NULL || !is_printed(level))
        return;
    int error = errno; /* the program's own: it must still be there after it has been logged */
    char name[MARKED_TAG_MAX + 1];
    name_of_tag(name, tag);
    char message[MARKED_MESSAGE_MAX + 1];
    va_list list;
    va_start(list, fmt);
    size_t size = marked_format(message, marked_log_privacy(), fmt, list);
    va_end(list);

    (void)marked_log_print(level, KIND_CORE, domain, name, message, size);
    via_hdf_log_fn callback = atomic_load(&sink);
    if (callback != NULL)
        callback(level, domain, name, message);
    errno = error;
}
