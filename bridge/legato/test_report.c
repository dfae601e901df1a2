/*
 * Tests that speak TAP: what was planned, what was counted.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bridge/legato/log_line.h"
#include "include/legato/le_test.h"

#define NAME_SIZE 256u
#define STATUS_MOST 126 /* beyond it statuses mean something else */

static struct {
    pthread_mutex_t mutex;
    int n_planned;
    int n_tests;
    int n_failures;
    bool is_expected_to_fail;
} run = {.mutex = PTHREAD_MUTEX_INITIALIZER, .n_planned = LE_TEST_NO_PLAN};

void le_test_Init_(int testCount)
{
    (void)pthread_mutex_lock(&run.mutex);
    run.n_planned = testCount;
    run.n_tests = 0;
    run.n_failures = 0;
    (void)pthread_mutex_unlock(&run.mutex);
}

bool le_test_CheckNeedsPlan_(void)
{
    return run.n_planned < 0;
}

int le_test_GetNumTests_(void)
{
    return run.n_tests;
}

bool le_test_SetTodo_(bool todo)
{
    bool before = run.is_expected_to_fail;
    run.is_expected_to_fail = todo;
    return before;
}

static void print(const char *component, const char *file, const char *function, unsigned int line,
                  const char *text, int number, const char *name)
{
    legato_log_line(LEGATO_INFO, component, file, function, (int)line, "TAP | %s %d%s", text,
                    number, name);
}

void le_test_Skip_(int count)
{
    for (int i = 0; i < count; i++) {
        (void)pthread_mutex_lock(&run.mutex);
        int number = ++run.n_tests;
        (void)pthread_mutex_unlock(&run.mutex);
        print("le", __FILE__, __func__, __LINE__, "ok", number, " # SKIP");
    }
}

bool le_test_Report_(bool passed, const char *component, const char *file, const char *function,
                     unsigned int line, const char *format, ...)
{
    char name[NAME_SIZE] = " - ";
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(name + 3, sizeof name - 3, format, arguments);
    va_end(arguments);

    (void)pthread_mutex_lock(&run.mutex);
    int number = ++run.n_tests;
    bool is_excused = run.is_expected_to_fail;
    if (!passed && !is_excused)
        run.n_failures++;
    (void)pthread_mutex_unlock(&run.mutex);
    legato_log_line(LEGATO_INFO, component, file, function, (int)line, "TAP | %s %d%s%s",
                    passed ? "ok" : "not ok", number, name,
                    is_excused ? " # TO"
                                 "DO"
                               : "");
    return passed;
}

void le_test_Exit_(void)
{
    int n_failures = run.n_failures;
    if (run.n_planned > run.n_tests)
        n_failures += run.n_planned - run.n_tests;
    exit(n_failures > STATUS_MOST ? STATUS_MOST : n_failures);
}
