/*
 * One sink for the process. Until a program sets its own, the environment decides, once. A line is
 * put together on the stack and cut at LINE_MAX_SIZE; control characters in it, which may be a
 * peer's words, become '?', so that no peer can forge a second line.
 */
#include "bridge/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_SIZE 1024u

static struct {
    pthread_once_t once;
    log_sink_fn sink;
    void *user; /* borrowed */
    enum log_level level;
    bool is_programs;
} the_log = {.once = PTHREAD_ONCE_INIT};

static const char *const level_names[] = {"error", "warn", "info", "debug"};

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

bool log_level_parse(const char *name, enum log_level *levelp)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(name, level_names[i]) != 0)
            continue;
        *levelp = (enum log_level)i;
        return true;
    }
    return false;
}

static void ask_environment(void)
{
    const char *name = getenv("VIADUCT_LOG");
    if (name == NULL || *name == '\0')
        return;
    the_log.sink = log_to_stderr;
    if (!log_level_parse(name, &the_log.level))
        the_log.level = LOG_INFO;
}

void log_set_sink(log_sink_fn sink, void *user, enum log_level level)
{
    (void)pthread_once(&the_log.once, ask_environment);
    the_log.sink = sink;
    the_log.user = user;
    the_log.level = level;
    the_log.is_programs = true;
}

void log_set_level(enum log_level level)
{
    if (the_log.is_programs)
        the_log.level = level;
}

void log_to_stderr(void *user, enum log_level level, const char *line)
{
    (void)user;
    (void)fprintf(stderr, "viaduct: %s: %s\n", log_level_name(level), line);
}

bool log_is_on(enum log_level level)
{
    (void)pthread_once(&the_log.once, ask_environment);
    return the_log.sink != NULL && level <= the_log.level;
}

void log_write(enum log_level level, const char *id, const char *format, ...)
{
    if (!log_is_on(level))
        return;
    char line[LINE_MAX_SIZE];
    int n = snprintf(line, sizeof line, "%s ", id);
    if (n < 0 || (size_t)n >= sizeof line)
        return;
    va_list values;
    va_start(values, format);
    (void)vsnprintf(line + n, sizeof line - (size_t)n, format, values);
    va_end(values);
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    the_log.sink(the_log.user, level, line);
}
