/*
 * Lines of the log. Each goes out in one write, so that those of several threads and processes do
 * not mix. What is printed is one number for the whole process: a program is one component, mostly.
 */
#include "bridge/legato/log_line.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge/legato/thread.h"

#define TEXT_MAX 255u /* what the family's own log cuts at */
#define PREFIX_MAX 512u

static pthread_once_t environment_once = PTHREAD_ONCE_INIT;
static atomic_int least_level = LEGATO_INFO;

static void read_environment(void)
{
    static const char *const names[] = {"DEBUG", "INFO",     "WARNING",
                                        "ERROR", "CRITICAL", "EMERGENCY"};
    const char *name = getenv("LE_LOG_LEVEL");
    for (int level = 0; name != NULL && level <= LEGATO_EMERGENCY; level++)
        if (strcmp(name, names[level]) == 0)
            atomic_store(&least_level, level);
}

enum legato_level legato_log_level(void)
{
    (void)pthread_once(&environment_once, read_environment);
    return (enum legato_level)atomic_load_explicit(&least_level, memory_order_relaxed);
}

void legato_log_set_level(enum legato_level level)
{
    (void)pthread_once(&environment_once, read_environment);
    atomic_store(&least_level, (int)level);
}

bool legato_log_prints(enum legato_level level)
{
    return level >= legato_log_level();
}

const char *legato_log_mark(enum legato_level level)
{
    static const char *const marks[] = {" DBUG", " INFO", "-WRN-", "=ERR=", "*CRT*", "*EMR*"};
    return (unsigned int)level < sizeof marks / sizeof marks[0] ? marks[level] : marks[LEGATO_INFO];
}

static const char *without_folder(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash == NULL ? file : slash + 1;
}

static const char *thread_name(void)
{
    struct legato_thread *thread = legato_thread_find();
    return thread == NULL ? "unknown" : legato_thread_name(thread);
}

static size_t bounded(int size, size_t most)
{
    if (size < 0)
        return 0;
    return (size_t)size < most ? (size_t)size : most;
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

void legato_log_write(const char *mark, const char *component, const char *file,
                      const char *function, int line, const char *format, va_list arguments)
{
    int error = errno;
    /* a thread that is cancelled is not cut in its line */
    int cancel_state = PTHREAD_CANCEL_ENABLE;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);

    char text[PREFIX_MAX + TEXT_MAX + 2];
    char stamp[32] = "";
    time_t now = time(NULL);
    struct tm date;
    if (localtime_r(&now, &date) != NULL)
        (void)strftime(stamp, sizeof stamp, "%b %d %H:%M:%S", &date);
    size_t size = bounded(snprintf(text, PREFIX_MAX, "%s : %s | %s[%d]/%s T=%s | %s %s() %d | ",
                                   stamp, mark, program_invocation_short_name, (int)getpid(),
                                   component, thread_name(), without_folder(file), function, line),
                          PREFIX_MAX - 1);
    errno = error; /* for %m */
    size += bounded(vsnprintf(text + size, TEXT_MAX + 1, format, arguments), TEXT_MAX);
    text[size++] = '\n';
    write_all(text, size);

    (void)pthread_setcancelstate(cancel_state, NULL);
    errno = error;
}

void legato_log_line(enum legato_level level, const char *component, const char *file,
                     const char *function, int line, const char *format, ...)
{
    if (!legato_log_prints(level))
        return;
    va_list arguments;
    va_start(arguments, format);
    legato_log_write(legato_log_mark(level), component, file, function, line, format, arguments);
    va_end(arguments);
}
