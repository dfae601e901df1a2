/*
 * The log: one event, one line, a stable id and then key=value. A library writes to the program's
 * sink, or to standard error where VIADUCT_LOG names a level (error, warn, info, debug), or
 * nowhere. No payload, key or token is logged.
 */
#pragma once

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* @line is "id key=value ...", without control characters; borrowed. Any thread, several at once.
 */
typedef void (*log_sink_fn)(void *user, enum log_level level, const char *line);

/* The libraries of families log through the core's: these leave it, under names of their own. */
#define LOG_SHARED(name) __asm__("via_" name) __attribute__((visibility("default")))

/* Where lines of @level and graver go from now on. NULL: nowhere. At start, before other threads
 * log. */
void log_set_sink(log_sink_fn sink, void *user, enum log_level level) LOG_SHARED("log_set_sink");
/* Another level, if it was the program that set the sink; the environment's stays. */
void log_set_level(enum log_level level);
/* A sink: one line on standard error. */
void log_to_stderr(void *user, enum log_level level, const char *line) LOG_SHARED("log_to_stderr");

const char *log_level_name(enum log_level level);
bool log_level_parse(const char *name, enum log_level *levelp);
bool log_is_on(enum log_level level);

void log_write(enum log_level level, const char *id, const char *format, ...)
    LOG_SHARED("log_write") __attribute__((format(printf, 3, 4)));

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)
