/*
 * One line is one write, so that lines of several gateways in one file do not mix. Where a full
 * disk takes only a part of one, the next begins on a line of its own. What is lost is told in the
 * log: when it begins, and how much it was when it is over.
 */
#include "gateway/audit.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"
#include "codecs/json_write.h"

#define LINE_MAX 16384u /* also when each octet is escaped */

enum via_status audit_open(struct audit *audit, const char *path)
{
    *audit = (struct audit){.file = stderr};
    if (path == NULL)
        return VIA_OK;
    FILE *file = fopen(path, "ae");
    if (file == NULL) {
        enum via_status status = status_from_errno("audit: open", errno);
        return status == VIA_NO_MEMORY ? status : VIA_IO;
    }
    audit->file = file;
    return VIA_OK;
}

void audit_close(struct audit *audit)
{
    if (audit->file != NULL && audit->file != stderr)
        (void)fclose(audit->file);
    audit->file = NULL;
}

static void put(struct buffer *line, const char *text)
{
    json_write_string(line, text, strlen(text));
}

/* False, with errno: not all of it has been written. */
static bool write_line(struct audit *audit, const struct buffer *line)
{
    errno = ENOMEM;
    if (line->status != VIA_OK)
        return false;
    int fd = fileno(audit->file);
    if (audit->torn && write(fd, "\n", 1) != 1)
        return false;
    audit->torn = false;
    errno = ENOSPC; /* what a short write means */
    ssize_t n = write(fd, line->data, line->size);
    if (n == (ssize_t)line->size)
        return true;
    audit->torn = n > 0;
    return false;
}

static void put_down(struct audit *audit, const struct buffer *line)
{
    if (write_line(audit, line)) {
        if (audit->n_lost > 0)
            log_error("audit.again", "n_lost=%llu", (unsigned long long)audit->n_lost);
        audit->n_lost = 0;
        return;
    }
    if (audit->n_lost++ == 0)
        log_error("audit.lost", "cause=\"a refusal could not be written\" errno=%d", errno);
}

void audit_refusal(struct audit *audit, const struct principal *who, const char *what,
                   const char *why)
{
    audit->n_refused++;
    char when[40];
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    size_t n = strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(when + n, sizeof when - n, ".%03ldZ", now.tv_nsec / 1000000);

    struct buffer line;
    buffer_init(&line, LINE_MAX);
    json_write_text(&line, "{\"time\":");
    put(&line, when);
    json_write_text(&line, ",\"refused\":");
    put(&line, what);
    json_write_text(&line, ",\"who\":");
    put(&line, who->address);
    json_write_text(&line, ",\"identity\":");
    put(&line, who->identity);
    json_write_text(&line, ",\"why\":");
    put(&line, why);
    json_write_text(&line, "}\n");
    put_down(audit, &line);
    buffer_deinit(&line);
}
