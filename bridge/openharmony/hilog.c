/*
 * HiLog: which messages are printed, and who hears of them. A message is formatted once, into a
 * buffer of its largest size; how its lines look is bridge/marked_log.c's affair.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "bridge/marked_format.h"
#include "bridge/marked_log.h"
#include "include/openharmony/hilog/log.h"

#define DOMAIN_MAX 0xffffu

static atomic_int least_level;    /* 0: not set yet, the environment's counts */
static _Atomic(LogCallback) sink; /* NULL: nobody */

/* @message is NUL-terminated at @size. */
static int print(LogType type, LogLevel level, unsigned int domain, const char *tag,
                 size_t tag_size, const char *message, size_t size)
{
    char name[MARKED_TAG_MAX + 1];
    if (tag_size > MARKED_TAG_MAX)
        tag_size = MARKED_TAG_MAX;
    memcpy(name, tag, tag_size);
    name[tag_size] = '\0';

    int total = (int)marked_log_print((int)level, 'A', domain, name, message, size);
    int error = errno; /* the program's own: it must still be there after the callback */
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
        least = marked_log_level();
    return tag != NULL && domain <= DOMAIN_MAX && number >= MARKED_LEVEL_LEAST &&
           number <= MARKED_LEVEL_MOST && number >= least;
}

void OH_LOG_SetMinLogLevel(LogLevel level)
{
    atomic_store(&least_level, (int)level);
}

void OH_LOG_SetLogLevel(LogLevel level, PreferStrategy prefer)
{
    int theirs = marked_log_level();
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
    char message[MARKED_MESSAGE_MAX + 1];
    size_t size = marked_format(message, marked_log_privacy(), fmt, ap);
    return print(type, level, domain, tag, strnlen(tag, MARKED_TAG_MAX), message, size);
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
    return OH_LOG_PrintMsgByLen(type, level, domain, tag, strnlen(tag, MARKED_TAG_MAX), message,
                                strnlen(message, MARKED_MESSAGE_MAX));
}

int OH_LOG_PrintMsgByLen(LogType type, LogLevel level, unsigned int domain, const char *tag,
                         size_t tagLen, const char *message, size_t messageLen)
{
    if (message == NULL || !OH_LOG_IsLoggable(domain, tag, level))
        return -1;
    char copy[MARKED_MESSAGE_MAX + 1];
    size_t size = messageLen < MARKED_MESSAGE_MAX ? messageLen : MARKED_MESSAGE_MAX;
    memcpy(copy, message, size);
    copy[size] = '\0';
    return print(type, level, domain, tag, tagLen, copy, size);
}
