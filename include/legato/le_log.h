/*
 * Legato: the log. A line on standard error:
 *
 *     Mon DD HH:MM:SS : LVL | prog[pid]/component T=thread | file.c func() line | text
 *
 * What is printed: the environment's LE_LOG_LEVEL (DEBUG, INFO, WARNING, ERROR, CRITICAL,
 * EMERGENCY; INFO without it) until the program chooses. Traces: LE_LOG_TRACE, keywords as
 * component/keyword, separated by colons. All of it from any thread, with any lock held.
 *
 * Source: docs/legato.md, "Logging"; the framework's le_log.h.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

/** le_log_Level_t - how grave it is. The filter lets a level and those above it pass */
typedef enum {
    LE_LOG_DEBUG = 0,
    LE_LOG_INFO,
    LE_LOG_WARN,
    LE_LOG_ERR,
    LE_LOG_CRIT,
    LE_LOG_EMERG,
    LE_LOG_MAX
} le_log_Level_t;

typedef struct le_log_Trace *le_log_TraceRef_t;

/* The component, LE_COMPONENT_NAME, and the source, LE_FILENAME, are the build's to define. */
#ifdef LE_COMPONENT_NAME
#define LE_COMPONENT_NAME_TXT STRINGIZE(LE_COMPONENT_NAME)
#else
#define LE_COMPONENT_NAME_TXT "le"
#endif
#ifdef LE_FILENAME
#define LE_FILENAME_TXT STRINGIZE(LE_FILENAME)
#else
#define LE_FILENAME_TXT __FILE__
#endif

/* ---- behind the macros ---- */

LE_SHARED void le_log_Send_(le_log_Level_t level, le_log_TraceRef_t traceRef, const char *component,
                            const char *file, const char *function, unsigned int line,
                            const char *format, ...) __attribute__((format(printf, 7, 8)));
LE_SHARED void le_log_Dump_(le_log_Level_t level, const char *component, const char *file,
                            const char *function, unsigned int line, const void *data,
                            size_t length);
LE_SHARED void le_log_EndProcess_(void) __attribute__((noreturn));
LE_SHARED const char *le_log_GetResultCodeString_(le_result_t result);
LE_SHARED const char *le_log_GetErrnoString_(int error);
LE_SHARED le_log_TraceRef_t le_log_GetTraceRef_(const char *component, const char *keyword);

#define LE_LOG_AT_ LE_COMPONENT_NAME_TXT, LE_FILENAME_TXT, __func__, __LINE__
#define LE_LOG_MSG_(level, ...)                                                                    \
    do {                                                                                           \
        if ((level) >= le_log_GetFilterLevel())                                                    \
            le_log_Send_((level), NULL, LE_LOG_AT_, __VA_ARGS__);                                  \
    } while (0)
#ifdef LE_CONFIG_DEBUG
#define LE_LOG_END_() abort()
#else
#define LE_LOG_END_() le_log_EndProcess_()
#endif

/* ---- lines ---- */

/** LE_DEBUG() and the others - (format, ...): one line, printf style; %m is errno at the call.
 * errno is kept. Cut at 255 characters */
#define LE_DEBUG(...) LE_LOG_MSG_(LE_LOG_DEBUG, __VA_ARGS__)
#define LE_INFO(...) LE_LOG_MSG_(LE_LOG_INFO, __VA_ARGS__)
#define LE_WARN(...) LE_LOG_MSG_(LE_LOG_WARN, __VA_ARGS__)
#define LE_ERROR(...) LE_LOG_MSG_(LE_LOG_ERR, __VA_ARGS__)
#define LE_CRIT(...) LE_LOG_MSG_(LE_LOG_CRIT, __VA_ARGS__)
#define LE_EMERG(...) LE_LOG_MSG_(LE_LOG_EMERG, __VA_ARGS__)

/** LE_DEBUG_IF() and the others - (condition, format, ...): the same when @condition holds */
#define LE_DEBUG_IF(condition, ...)                                                                \
    if (condition) {                                                                               \
        LE_DEBUG(__VA_ARGS__);                                                                     \
    }
#define LE_INFO_IF(condition, ...)                                                                 \
    if (condition) {                                                                               \
        LE_INFO(__VA_ARGS__);                                                                      \
    }
#define LE_WARN_IF(condition, ...)                                                                 \
    if (condition) {                                                                               \
        LE_WARN(__VA_ARGS__);                                                                      \
    }
#define LE_ERROR_IF(condition, ...)                                                                \
    if (condition) {                                                                               \
        LE_ERROR(__VA_ARGS__);                                                                     \
    }
#define LE_CRIT_IF(condition, ...)                                                                 \
    if (condition) {                                                                               \
        LE_CRIT(__VA_ARGS__);                                                                      \
    }
#define LE_EMERG_IF(condition, ...)                                                                \
    if (condition) {                                                                               \
        LE_EMERG(__VA_ARGS__);                                                                     \
    }

/** LE_FATAL() - (format, ...): a line at EMERGENCY, then exit(EXIT_FAILURE); with LE_CONFIG_DEBUG
 * abort(). A second thread that gets here meanwhile only ends itself */
#define LE_FATAL(...)                                                                              \
    {                                                                                              \
        LE_EMERG(__VA_ARGS__);                                                                     \
        LE_LOG_END_();                                                                             \
    }
#define LE_FATAL_IF(condition, ...)                                                                \
    if (condition) {                                                                               \
        LE_FATAL(__VA_ARGS__)                                                                      \
    }
/** LE_ASSERT() - fatal unless @condition holds, which is evaluated once, always */
#define LE_ASSERT(condition)                                                                       \
    if (!(condition)) {                                                                            \
        LE_FATAL("Assert Failed: '%s'", #condition)                                                \
    }
/** LE_ASSERT_OK() - fatal unless it gives LE_OK */
#define LE_ASSERT_OK(condition)                                                                    \
    if ((condition) != LE_OK) {                                                                    \
        LE_FATAL("Assert Failed: '%s' is not LE_OK (0)", #condition)                               \
    }

/** LE_DUMP(), LE_LOG_DUMP() - @length octets in hexadecimal, 16 a line, at DEBUG or at @level */
#define LE_DUMP(dataPtr, dataLength) LE_LOG_DUMP(LE_LOG_DEBUG, dataPtr, dataLength)
#define LE_LOG_DUMP(level, dataPtr, dataLength)                                                    \
    le_log_Dump_((level), LE_LOG_AT_, (dataPtr), (size_t)(dataLength))

/** LE_RESULT_TXT() - "LE_OK" and so on; "(unknown)" */
#define LE_RESULT_TXT(v) le_log_GetResultCodeString_(v)
/** LE_ERRNO_TXT() - what strerror() says; good until the thread asks again */
#define LE_ERRNO_TXT(v) le_log_GetErrnoString_(v)

/* ---- what is printed ---- */

/** le_log_SetFilterLevel() - the least level that is printed from now on, in the whole process */
LE_SHARED void le_log_SetFilterLevel(le_log_Level_t level);
LE_SHARED le_log_Level_t le_log_GetFilterLevel(void);

/* ---- traces ---- */

/** le_log_GetTraceRef() - the switch of @keyword in this component: off at first, unless
 * LE_LOG_TRACE has it. The same keyword gives the same switch; none is ever freed */
#define le_log_GetTraceRef(keyword) le_log_GetTraceRef_(LE_COMPONENT_NAME_TXT, (keyword))
LE_SHARED bool le_log_IsTraceEnabled(le_log_TraceRef_t traceRef);
LE_SHARED void le_log_EnableTrace(le_log_TraceRef_t traceRef);
LE_SHARED void le_log_DisableTrace(le_log_TraceRef_t traceRef);
#define LE_IS_TRACE_ENABLED(traceRef) le_log_IsTraceEnabled(traceRef)
/** LE_TRACE() - (traceRef, format, ...): a line under the keyword, whatever the filter */
#define LE_TRACE(traceRef, ...)                                                                    \
    if (le_log_IsTraceEnabled(traceRef)) {                                                         \
        le_log_Send_(LE_LOG_MAX, (traceRef), LE_LOG_AT_, __VA_ARGS__);                             \
    }

#ifdef __cplusplus
}
#endif
