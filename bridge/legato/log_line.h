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

/* Written when @level is printed now. printf style, %m is errno at the call, errno is kept. */
void legato_log_line(enum legato_level level, const char *component, const char *file,
                     const char *function, int line, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
