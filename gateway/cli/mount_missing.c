/*
 * Where libfuse3 was not there when the command was built: it says so.
 */
#include <stdio.h>

#include "gateway/cli/mount.h"

bool mount_session_is_possible(void)
{
    fputs("viaduct mount: nothing can be mounted: it was built without libfuse3 (Debian: "
          "libfuse3-dev)\n",
          stderr);
    return false;
}

bool mount_session_serve(struct mount_tree *tree, const struct mount_point *point)
{
    (void)tree;
    (void)point;
    return false;
}
