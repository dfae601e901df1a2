/*
 * A line of a Legato program's log, on standard error:
 *
 *     Mon DD HH:MM:SS : LVL | prog[pid]/component T=thread | file.c func() line | text
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum legato_level {
    LEGATO_DEBUG,
    LEGATO_INFO,
    LEGATO_WARN,
    LEGATO_ERROR,
    LEGATO_CRITICAL,
    LEGATO_EMERGENCY
};

#define LEGATO_COMPONENT "framework"

/* Whether @level is printed now. */
bool legato_log_prints(enum legato_level level);
enum legato_level legato_log_level(void);
void legato_log_set_level(enum legato_level level);

/* Written when @level is printed now. printf style, %m is errno at the call, errno is kept. */
void legato_log_line(enum legato_level level, const char *component, const char *file,
                     const char *function, int line, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* Written whatever is printed now, marked with @mark instead of a level. */
void legato_log_write(const char *mark, const char *component, const char *file,
                      const char *function, int line, const char *format, va_list arguments)
    __attribute__((format(printf, 6, 0)));
const char *legato_log_mark(enum legato_level level);
