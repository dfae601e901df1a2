/*
 * What is behind the macros of le_log.h: lines, dumps, names of results, and traces. The traces of
 * a process are a list that only grows, so that a reference is good for ever.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/log_line.h"
#include "include/legato/le_log.h"

#define DUMP_COLUMNS 16u

struct le_log_Trace {
    struct le_log_Trace *next;
    atomic_bool is_enabled;
    char name[]; /* component/keyword */
};

static pthread_mutex_t traces_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct le_log_Trace *traces; /* owned, for ever */

void le_log_SetFilterLevel(le_log_Level_t level)
{
    if (level <= LE_LOG_EMERG)
        legato_log_set_level((enum legato_level)level);
}

le_log_Level_t le_log_GetFilterLevel(void)
{
    return (le_log_Level_t)legato_log_level();
}

void le_log_Send_(le_log_Level_t level, le_log_TraceRef_t traceRef, const char *component,
                  const char *file, const char *function, unsigned int line, const char *format,
                  ...)
{
    const char *mark = legato_log_mark((enum legato_level)level);
    if (traceRef != NULL)
        mark = strrchr(traceRef->name, '/') + 1;
    va_list arguments;
    va_start(arguments, format);
    legato_log_write(mark, component, file, function, (int)line, format, arguments);
    va_end(arguments);
}

void le_log_EndProcess_(void)
{
    legato_fatal_end();
}

void le_log_Dump_(le_log_Level_t level, const char *component, const char *file,
                  const char *function, unsigned int line, const void *data, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    if (!legato_log_prints((enum legato_level)level))
        return;
    const unsigned char *octets = data;
    for (size_t start = 0; start < length; start += DUMP_COLUMNS) {
        char hex[3 * DUMP_COLUMNS + 1];
        char text[DUMP_COLUMNS + 1];
        size_t n = length - start < DUMP_COLUMNS ? length - start : DUMP_COLUMNS;
        for (size_t i = 0; i < n; i++) {
            unsigned char octet = octets[start + i];
            hex[3 * i] = digits[octet >> 4];
            hex[3 * i + 1] = digits[octet & 15];
            hex[3 * i + 2] = ' ';
            text[i] = '.';
            if (octet >= ' ' && octet < 0x7f)
                text[i] = (char)octet;
        }
        hex[3 * n] = '\0';
        text[n] = '\0';
        le_log_Send_(level, NULL, component, file, function, line, "%08zx  %-48s %s", start, hex,
                     text);
    }
}

const char *le_log_GetResultCodeString_(le_result_t result)
{
    static const char *const names[] = {"LE_OK",
                                        "LE_NOT_FOUND",
                                        "LE_NOT_POSSIBLE",
                                        "LE_OUT_OF_RANGE",
                                        "LE_NO_MEMORY",
                                        "LE_NOT_PERMITTED",
                                        "LE_FAULT",
                                        "LE_COMM_ERROR",
                                        "LE_TIMEOUT",
                                        "LE_OVERFLOW",
                                        "LE_UNDERFLOW",
                                        "LE_WOULD_BLOCK",
                                        "LE_DEADLOCK",
                                        "LE_FORMAT_ERROR",
                                        "LE_DUPLICATE",
                                        "LE_BAD_PARAMETER",
                                        "LE_CLOSED",
                                        "LE_BUSY",
                                        "LE_UNSUPPORTED",
                                        "LE_IO_ERROR",
                                        "LE_NOT_IMPLEMENTED",
                                        "LE_UNAVAILABLE",
                                        "LE_TERMINATED",
                                        "LE_IN_PROGRESS",
                                        "LE_SUSPENDED"};
    unsigned int number = 0u - (unsigned int)result;
    return number < sizeof names / sizeof names[0] ? names[number] : "(unknown)";
}

const char *le_log_GetErrnoString_(int error)
{
    static _Thread_local char text[128];
    return strerror_r(error, text, sizeof text);
}

/* LE_LOG_TRACE is a list of names with colons between. */
static bool environment_enables(const char *name)
{
    size_t size = strlen(name);
    for (const char *rest = getenv("LE_LOG_TRACE"); rest != NULL && *rest != '\0';) {
        size_t length = strcspn(rest, ":");
        if (length == size && memcmp(rest, name, size) == 0)
            return true;
        rest += length;
        rest += *rest == ':' ? 1 : 0;
    }
    return false;
}

static struct le_log_Trace *find_or_make_locked(const char *component, const char *keyword)
{
    size_t size = strlen(component) + strlen(keyword) + 2;
    struct le_log_Trace *made = legato_allocate(sizeof *made + size);
    (void)snprintf(made->name, size, "%s/%s", component, keyword);
    for (struct le_log_Trace *trace = traces; trace != NULL; trace = trace->next) {
        if (strcmp(trace->name, made->name) == 0) {
            free(made);
            return trace;
        }
    }
    atomic_init(&made->is_enabled, environment_enables(made->name));
    made->next = traces;
    traces = made;
    return made;
}

le_log_TraceRef_t le_log_GetTraceRef_(const char *component, const char *keyword)
{
    (void)pthread_mutex_lock(&traces_mutex);
    struct le_log_Trace *trace = find_or_make_locked(component, keyword);
    (void)pthread_mutex_unlock(&traces_mutex);
    return trace;
}

bool le_log_IsTraceEnabled(le_log_TraceRef_t traceRef)
{
    return traceRef != NULL && atomic_load(&traceRef->is_enabled);
}

void le_log_EnableTrace(le_log_TraceRef_t traceRef)
{
    atomic_store(&traceRef->is_enabled, true);
}

void le_log_DisableTrace(le_log_TraceRef_t traceRef)
{
    atomic_store(&traceRef->is_enabled, false);
}
