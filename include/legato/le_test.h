/*
 * Legato: tests that speak TAP in the log, each line after "TAP | ". One thread at a time.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_test.h.
 */
#pragma once

#include <stdbool.h>

#include "le_basics.h"
#include "le_log.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- behind the macros ---- */

LE_SHARED void le_test_Init_(int testCount);
LE_SHARED void le_test_Exit_(void) __attribute__((noreturn));
LE_SHARED bool le_test_CheckNeedsPlan_(void);
LE_SHARED int le_test_GetNumTests_(void);
LE_SHARED bool le_test_SetTodo_(bool todo);
LE_SHARED void le_test_Skip_(int count);
LE_SHARED bool le_test_Report_(bool passed, const char *component, const char *file,
                               const char *function, unsigned int line, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#ifndef LE_TEST_OUTPUT
#define LE_TEST_OUTPUT(...) LE_INFO("TAP | " __VA_ARGS__)
#endif

/* ---- tests ---- */

#define LE_TEST_NO_PLAN (-1)
/** LE_TEST_PLAN() - first of all: how many tests there will be, or LE_TEST_NO_PLAN */
#define LE_TEST_PLAN(testCount)                                                                    \
    do {                                                                                           \
        if ((testCount) >= 0)                                                                      \
            LE_TEST_OUTPUT("1..%d", (testCount));                                                  \
        le_test_Init_(testCount);                                                                  \
    } while (0)
#define LE_TEST_INIT LE_TEST_PLAN(LE_TEST_NO_PLAN)

/** LE_TEST_OK() - (test, format, ...): passed when @test holds */
#define LE_TEST_OK(test, ...)                                                                      \
    do {                                                                                           \
        (void)le_test_Report_((test), LE_LOG_AT_, __VA_ARGS__);                                    \
    } while (0)
/** LE_TEST() - the same, named by its text */
#define LE_TEST(testResult) LE_TEST_OK((testResult), "%s", #testResult)
/** LE_TEST_ASSERT() - and nothing goes on when it failed */
#define LE_TEST_ASSERT(test, ...)                                                                  \
    do {                                                                                           \
        if (!le_test_Report_((test), LE_LOG_AT_, __VA_ARGS__))                                     \
            LE_TEST_FATAL();                                                                       \
    } while (0)
/** LE_TEST_FATAL() - (format, ...): nothing goes on */
#define LE_TEST_FATAL(...)                                                                         \
    do {                                                                                           \
        LE_TEST_OUTPUT("Bail out! " __VA_ARGS__);                                                  \
        le_test_Exit_();                                                                           \
    } while (0)
#define LE_TEST_INFO(...) LE_TEST_OUTPUT("# " __VA_ARGS__)

/** LE_TEST_BEGIN_SKIP() - up to LE_TEST_END_SKIP(): @count tests that do not run when @cond holds
 */
#define LE_TEST_BEGIN_SKIP(cond, count)                                                            \
    do {                                                                                           \
        if (cond) {                                                                                \
            le_test_Skip_(count);                                                                  \
            break;                                                                                 \
        }
#define LE_TEST_END_SKIP()                                                                         \
    }                                                                                              \
    while (0)
/** LE_TEST_BEGIN_TODO() - up to LE_TEST_END_TODO(): tests that may fail when @cond holds */
#define LE_TEST_BEGIN_TODO(cond)                                                                   \
    do {                                                                                           \
        bool le_test_OldTodo_ = le_test_SetTodo_(cond);
#define LE_TEST_END_TODO()                                                                         \
    le_test_SetTodo_(le_test_OldTodo_);                                                            \
    }                                                                                              \
    while (0)

/** LE_TEST_EXIT - ends the process; its status is the number of tests that failed, at most 126 */
#define LE_TEST_EXIT                                                                               \
    do {                                                                                           \
        if (le_test_CheckNeedsPlan_())                                                             \
            LE_TEST_OUTPUT("1..%d", le_test_GetNumTests_());                                       \
        le_test_Exit_();                                                                           \
    } while (0)
#define LE_TEST_SUMMARY LE_TEST_EXIT

#ifdef __cplusplus
}
#endif
