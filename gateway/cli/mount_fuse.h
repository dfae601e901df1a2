/*
 * What of the mount knows libfuse3.
 */
#pragma once

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

#include "gateway/cli/mount.h"

/* What to do with each request; the session's user is the struct mount_tree. */
const struct fuse_lowlevel_ops *mount_fuse_operations(void);
