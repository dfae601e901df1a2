/*
 * Phoenix-RTOS: to mount filesystems of its servers. Linux's own are not to be mounted with it.
 * -DVIADUCT_PHOENIX_HOST_FILES leaves Linux's.
 *
 * Source: docs/phoenix.md, "Files".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#ifdef VIADUCT_PHOENIX_HOST_FILES
#include_next <sys/mount.h>
#else
#include <phoenix/files.h>
#ifndef __cplusplus
#define mount phoenix_mount
#define umount phoenix_umount
#endif
#endif
