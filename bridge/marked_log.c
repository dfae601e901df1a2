/*
 * HiLog's lines on standard error. Each goes out in one write, so that the lines of several threads
 * and processes do not mix.
 */
#include "bridge/marked_log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge/marked_format.h"

/* Time, pid, tid, level, domain and tag before a line. */
#define PREFIX_MAX 128u
#define DOMAIN_SHOWN 0xfffffu

static pthread_once_t environment_once = PTHREAD_ONCE_INIT;
static int environment_level = MARKED_LEVEL_LEAST;
static bool environment_privacy = false;

static void read_environment(void)
{
    const char *level = getenv("VIADUCT_HILOG_LEVEL");
    if (level != NULL && level[0] >= '0' + MARKED_LEVEL_LEAST &&
        level[0] <= '0' + MARKED_LEVEL_MOST && level[1] == '\0')
        environment_level = level[0] - '0';
    const char *privacy = getenv("VIADUCT_HILOG_PRIVACY");
    environment_privacy = privacy != NULL && strcmp(privacy, "1") == 0;
}

int marked_log_level(void)
{
    (void)pthread_once(&environment_once, read_environment);
    return environment_level;
}

bool marked_log_privacy(void)
{
    (void)pthread_once(&environment_once, read_environment);
    return environment_privacy;
}

static char level_letter(int level)
{
    static const char letters[MARKED_LEVEL_MOST + 1] = {'D', 'D', 'D', 'D', 'I', 'W', 'E', 'F'};
    if (level < 0 || level > MARKED_LEVEL_MOST)
        return 'D';
    return letters[level];
}

static size_t write_prefix(char *prefix, int level, char kind, unsigned int domain, const char *tag)
{
    struct timespec now;
    struct tm date;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)localtime_r(&now.tv_sec, &date);
    int size = snprintf(prefix, PREFIX_MAX,
                        "%02d-%02d %02d:%02d:%02d.%03ld %5d %5d %c %c%05x/%.*s: ", date.tm_mon + 1,
                        date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec, now.tv_nsec / 1000000,
                        (int)getpid(), (int)gettid(), level_letter(level), kind,
                        domain & DOMAIN_SHOWN, (int)MARKED_TAG_MAX, tag);
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

size_t marked_log_print(int level, char kind, unsigned int domain, const char *tag,
                        const char *message, size_t size)
{
    /* An error of the program's own must still be there after it has been logged. */
    int error = errno;
    char line[PREFIX_MAX + MARKED_MESSAGE_MAX + 1];
    size_t prefix = write_prefix(line, level, kind, domain, tag);
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
    errno = error;
    return total;
}
