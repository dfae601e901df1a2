/*
 * The process's umask, for what servers are asked to make: they do not know it. It is looked up
 * each time, because whatever the program or its libraries change is to count, and umask() itself
 * can only be read by changing it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/phoenix/file.h"

#define STATUS_ROOM 512 /* the line is among the first */

/* Where there is no /proc: for a moment, other threads have another one. */
static mode_t by_change(void)
{
    const mode_t mask = umask(077);
    (void)umask(mask);
    return mask;
}

static mode_t mask_of_process(void)
{
    char status[STATUS_ROOM];
    const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return by_change();
    const ssize_t n = read(fd, status, sizeof status - 1);
    (void)close(fd);
    status[n > 0 ? n : 0] = '\0';
    const char *line = strstr(status, "\nUmask:");
    return line != NULL ? (mode_t)strtoul(line + strlen("\nUmask:"), NULL, 8) & 0777 : by_change();
}

mode_t file_masked(mode_t mode)
{
    return mode & 07777 & ~mask_of_process();
}
