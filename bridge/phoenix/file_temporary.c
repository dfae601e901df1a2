/*
 * A file under a name that nothing has yet. Servers do not refuse what is there, as O_EXCL asks
 * for; so the name is looked for first, and drawn from numbers that do not come again.
 */
#include <errno.h>
#include <phoenix/files.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bridge/phoenix/host_flags.h"
#include "bridge/phoenix/path.h"

#define TEMPLATE "XXXXXX"
#define TRIES 100

static int draw(char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return -EIO;
    for (size_t i = 0; i < strlen(TEMPLATE); i++) {
        name[i] = letters[number % (sizeof letters - 1)];
        number /= sizeof letters - 1;
    }
    return 0;
}

int phoenix_mkstemp(char *path)
{
    struct spot spot = {.is_missing = false};
    const size_t len = strlen(path);
    if (len < strlen(TEMPLATE) || strcmp(path + len - strlen(TEMPLATE), TEMPLATE) != 0)
        return set_errno(-EINVAL);
    char *name = path + len - strlen(TEMPLATE);
    for (int i = 0; i < TRIES; i++) {
        int result = draw(name);
        if (result == 0)
            result = path_find(path, false, &spot);
        if (result == 0)
            continue;
        if (result < 0 && !(result == -ENOENT && spot.is_missing))
            return set_errno(result);
        const int flags = (int)(PHOENIX_O_RDWR | PHOENIX_O_CREAT | PHOENIX_O_EXCL);
        const int fd = phoenix_open(path, flags, (mode_t)0600);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return set_errno(-EEXIST);
}
