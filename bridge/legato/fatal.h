/*
 * What the library says in the log of a Legato program, and how it ends a process that broke the
 * rules: one line at EMERGENCY, exit code 1. The lines bear the name of the framework's component.
 */
#pragma once

#include "bridge/legato/log_line.h"

/* One line; printf style, %m works, errno is kept. */
#define legato_debug(...) LEGATO_LINE(LEGATO_DEBUG, __VA_ARGS__)
#define legato_info(...) LEGATO_LINE(LEGATO_INFO, __VA_ARGS__)
#define legato_warn(...) LEGATO_LINE(LEGATO_WARN, __VA_ARGS__)
#define legato_error(...) LEGATO_LINE(LEGATO_ERROR, __VA_ARGS__)
#define legato_critical(...) LEGATO_LINE(LEGATO_CRITICAL, __VA_ARGS__)
/* What is said before the program itself goes on or ends, as LE_KILL_CLIENT does. */
#define legato_emergency(...) LEGATO_LINE(LEGATO_EMERGENCY, __VA_ARGS__)

/* The line at EMERGENCY, then exit(1): atexit functions run. A second thread that gets here while
 * the process is ending only ends itself. Does not return. */
#define legato_fatal(...) legato_fatal_at(__FILE__, __func__, __LINE__, __VA_ARGS__)

void legato_fatal_at(const char *file, const char *function, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 4, 5)));
/* Ends the process as legato_fatal() does, after its line. */
_Noreturn void legato_fatal_end(void);

/* Memory that the program cannot go on without: fatal when there is none. Zeroed. */
void *legato_allocate(size_t size);

#define LEGATO_LINE(level, ...)                                                                    \
    legato_log_line(level, LEGATO_COMPONENT, __FILE__, __func__, __LINE__, __VA_ARGS__)
