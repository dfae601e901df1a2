/*
 * A path's last part, and the rest.
 */
#include <posix/utils.h>
#include <string.h>

void splitname(char *path, char **base, char **dir)
{
    static char here[] = ".";
    static char root[] = "/";
    char *slash = strrchr(path, '/');
    *base = slash == NULL ? path : slash + 1;
    if (slash == NULL) {
        *dir = here;
    } else if (slash == path) {
        *dir = root;
    } else {
        *dir = path;
        *slash = '\0';
    }
}
