/*
 * HiLog on standard error: which messages are printed, and their lines. A message is formatted
 * once, into a buffer of its largest size, and each of its lines goes out in one write, so that the
 * lines of several threads and processes do not mix.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge/openharmony/hilog_format.h"
#include "include/openharmony/hilog/log.h"

#define TAG_MAX 31u
#define DOMAIN_MAX 0xffffu
#define LEVEL_LEAST 1
#define LEVEL_MOST 7
/* Time, pid, tid, level, domain and tag before a line. */
#define PREFIX_MAX 128u

static atomic_int least_level;    /* 0: not set yet, the environment's counts */
static _Atomic(LogCallback) sink; /* NULL: nobody */

static pthread_once_t environment_once = PTHREAD_ONCE_INIT;
static int environment_level = LEVEL_LEAST;
static bool environment_privacy = false;

static void read_environment(void)
{
    const char *level = getenv("VIADUCT_HILOG_LEVEL");
    if (level != NULL && level[0] >= '0' + LEVEL_LEAST && level[0] <= '0' + LEVEL_MOST &&
        level[1] == '\0')
        environment_level = level[0] - '0';
    const char *privacy = getenv("VIADUCT_HILOG_PRIVACY");
    environment_privacy = privacy != NULL && strcmp(privacy, "1") == 0;
}

static int system_level(void)
{
    pthread_once(&environment_once, read_environment);
    return environment_level;
}

static char level_letter(LogLevel level)
{
    switch (level) {
    case LOG_INFO:
        return 'I';
    case LOG_WARN:
        return 'W';
    case LOG_ERROR:
        return 'E';
    case LOG_FATAL:
        return 'F';
    case LOG_DEBUG:
        break;
    }
    return 'D';
}

static size_t write_prefix(char *prefix, LogLevel level, unsigned int domain, const char *tag,
                           size_t tag_size)
{
    struct timespec now;
    struct tm date;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)localtime_r(&now.tv_sec, &date);
    int size =
        snprintf(prefix, PREFIX_MAX,
                 "%02d-%02d %02d:%02d:%02d.%03ld %5d %5d %c A%05x/%.*s: ", date.tm_mon + 1,
                 date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec, now.tv_nsec / 1000000,
                 (int)getpid(), (int)gettid(), level_letter(level), domain, (int)tag_size, tag);
    return size < 0 ? 0 : (size_t)size;
}

/* All of it, or nothing more once standard error takes no more: a log has nobody to tell. */
static void write_all(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDERR_FILENO, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        text += written;
        size -= (size_t)written;
    }
}

static int print_lines(LogLevel level, unsigned int domain, const char *tag, size_t tag_size,
                       const char *message, size_t size)
{
    char line[PREFIX_MAX + HILOG_MESSAGE_MAX + 1];
    size_t prefix = write_prefix(line, level, domain, tag, tag_size);
    size_t total = 0;
    const char *end = message + size;
    do {
        const char *newline = memchr(message, '\n', (size_t)(end - message));
        size_t line_size = (size_t)((newline == NULL ? end : newline) - message);
        memcpy(line + prefix, message, line_size);
        line[prefix + line_size] = '\n';
        write_all(line, prefix + line_size + 1);
        total += prefix + line_size + 1;
        message += line_size + (newline == NULL ? 0 : 1);
    } while (message < end);
    return (int)total;
}

/* @message is NUL-terminated at @size. */
static int print(LogType type, LogLevel level, unsigned int domain, const char *tag,
                 size_t tag_size, const char *message, size_t size)
{
    char name[TAG_MAX + 1];
    if (tag_size > TAG_MAX)
        tag_size = TAG_MAX;
    memcpy(name, tag, tag_size);
    name[tag_size] = '\0';

    /* An error of the program's own must still be there after it has been logged. */
    int error = errno;
    int total = print_lines(level, domain, name, tag_size, message, size);
    LogCallback callback = atomic_load(&sink);
    if (callback != NULL)
        callback(type, level, domain, name, message);
    errno = error;
    return total;
}

/* ---- the kit ---- */

bool OH_LOG_IsLoggable(unsigned int domain, const char *tag, LogLevel level)
{
    int number = (int)level;
    int least = atomic_load(&least_level);
    if (least == 0)
        least = system_level();
    return tag != NULL && domain <= DOMAIN_MAX && number >= LEVEL_LEAST && number <= LEVEL_MOST &&
           number >= least;
}

void OH_LOG_SetMinLogLevel(LogLevel level)
{
    atomic_store(&least_level, (int)level);
}

void OH_LOG_SetLogLevel(LogLevel level, PreferStrategy prefer)
{
    int theirs = system_level();
    int least = 0;
    if (prefer == PREFER_CLOSE_LOG)
        least = (int)level > theirs ? (int)level : theirs;
    else if (prefer == PREFER_OPEN_LOG)
        least = (int)level < theirs ? (int)level : theirs;
    atomic_store(&least_level, least);
}

void OH_LOG_SetCallback(LogCallback callback)
{
    atomic_store(&sink, callback);
}

int OH_LOG_VPrint(LogType type, LogLevel level, unsigned int domain, const char *tag,
                  const char *fmt, va_list ap)
{
    if (fmt == NULL || !OH_LOG_IsLoggable(domain, tag, level))
        return -1;
    char message[HILOG_MESSAGE_MAX + 1];
    size_t size = hilog_format(message, environment_privacy, fmt, ap);
    return print(type, level, domain, tag, strnlen(tag, TAG_MAX), message, size);
}

int OH_LOG_Print(LogType type, LogLevel level, unsigned int domain, const char *tag,
                 const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int total = OH_LOG_VPrint(type, level, domain, tag, fmt, ap);
    va_end(ap);
    return total;
}

int OH_LOG_PrintMsg(LogType type, LogLevel level, unsigned int domain, const char *tag,
                    const char *message)
{
    if (tag == NULL || message == NULL)
        return -1;
    return OH_LOG_PrintMsgByLen(type, level, domain, tag, strnlen(tag, TAG_MAX), message,
                                strnlen(message, HILOG_MESSAGE_MAX));
}

int OH_LOG_PrintMsgByLen(LogType type, LogLevel level, unsigned int domain, const char *tag,
                         size_t tagLen, const char *message, size_t messageLen)
{
    if (message == NULL || !OH_LOG_IsLoggable(domain, tag, level))
        return -1;
    char copy[HILOG_MESSAGE_MAX + 1];
    size_t size = messageLen < HILOG_MESSAGE_MAX ? messageLen : HILOG_MESSAGE_MAX;
    memcpy(copy, message, size);
    copy[size] = '\0';
    return print(type, level, domain, tag, tagLen, copy, size);
}
