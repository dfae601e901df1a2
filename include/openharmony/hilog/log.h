/*
 * OpenHarmony HiLog: log lines, here to standard error. Formats are printf's; `{public}` or
 * `{private}` may stand right after a `%`. With VIADUCT_HILOG_PRIVACY=1 in the environment every
 * argument that is not marked public is printed as <private>.
 *
 * LOG_DOMAIN and LOG_TAG are used where a macro stands: define them after including this.
 *
 * Source of every behaviour here: docs/openharmony.md, "HiLog", and the system's hilog/log.h.
 */
#ifndef HIVIEWDFX_HILOG_H
#define HIVIEWDFX_HILOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#ifndef LOG_DOMAIN
#define LOG_DOMAIN 0
#endif
#ifndef LOG_TAG
#define LOG_TAG NULL
#endif

/** LogType - whose log: an application's */
typedef enum { LOG_APP = 0 } LogType;

/** LogLevel - how bad it is */
typedef enum { LOG_DEBUG = 3, LOG_INFO = 4, LOG_WARN = 5, LOG_ERROR = 6, LOG_FATAL = 7 } LogLevel;

/** PreferStrategy - what OH_LOG_SetLogLevel() does with a level of the system's own */
typedef enum {
    UNSET_LOGLEVEL = 0,   /* forget what was set */
    PREFER_CLOSE_LOG = 1, /* the higher of both: fewer lines */
    PREFER_OPEN_LOG = 2   /* the lower of both: more lines */
} PreferStrategy;

/**
 * OH_LOG_Print() - one message, a line for each of its lines
 * @type:   LOG_APP
 * @level:  LOG_DEBUG to LOG_FATAL
 * @domain: 0 to 0xffff
 * @tag:    cut to 31 octets
 * @fmt:    as printf's, with the marks; the message is cut to 4,095 octets
 *
 * Return: octets written, or -1 when it was not loggable. Thread: any.
 */
int OH_LOG_Print(LogType type, LogLevel level, unsigned int domain, const char *tag,
                 const char *fmt, ...);
/** OH_LOG_VPrint() - OH_LOG_Print() with a list of arguments */
int OH_LOG_VPrint(LogType type, LogLevel level, unsigned int domain, const char *tag,
                  const char *fmt, va_list ap);
/** OH_LOG_PrintMsg() - as OH_LOG_Print(), the message as it is */
int OH_LOG_PrintMsg(LogType type, LogLevel level, unsigned int domain, const char *tag,
                    const char *message);
/** OH_LOG_PrintMsgByLen() - as OH_LOG_PrintMsg(), tag and message by their sizes in octets */
int OH_LOG_PrintMsgByLen(LogType type, LogLevel level, unsigned int domain, const char *tag,
                         size_t tagLen, const char *message, size_t messageLen);

/** OH_LOG_IsLoggable() - whether such a message would be printed: a tag, a level of 1 to 7, not
 * below the least that was set */
bool OH_LOG_IsLoggable(unsigned int domain, const char *tag, LogLevel level);
/** OH_LOG_SetMinLogLevel() - the least level that is printed */
void OH_LOG_SetMinLogLevel(LogLevel level);
/** OH_LOG_SetLogLevel() - the least level that is printed, against VIADUCT_HILOG_LEVEL (3 to 7) */
void OH_LOG_SetLogLevel(LogLevel level, PreferStrategy prefer);

/** LogCallback - gets each message that is printed, formatted, on the thread that logs */
typedef void (*LogCallback)(const LogType type, const LogLevel level, const unsigned int domain,
                            const char *tag, const char *msg);
/** OH_LOG_SetCallback() - who gets them; NULL for nobody */
void OH_LOG_SetCallback(LogCallback callback);

#define OH_LOG_DEBUG(type, ...)                                                                    \
    ((void)OH_LOG_Print((type), LOG_DEBUG, LOG_DOMAIN, LOG_TAG, __VA_ARGS__))
#define OH_LOG_INFO(type, ...)                                                                     \
    ((void)OH_LOG_Print((type), LOG_INFO, LOG_DOMAIN, LOG_TAG, __VA_ARGS__))
#define OH_LOG_WARN(type, ...)                                                                     \
    ((void)OH_LOG_Print((type), LOG_WARN, LOG_DOMAIN, LOG_TAG, __VA_ARGS__))
#define OH_LOG_ERROR(type, ...)                                                                    \
    ((void)OH_LOG_Print((type), LOG_ERROR, LOG_DOMAIN, LOG_TAG, __VA_ARGS__))
#define OH_LOG_FATAL(type, ...)                                                                    \
    ((void)OH_LOG_Print((type), LOG_FATAL, LOG_DOMAIN, LOG_TAG, __VA_ARGS__))

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
