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
#ifdef VIADUCT_PHOENIX_WRAPPED
#ifdef __cplusplus
extern "C" {
#endif
int mount(const char *source, const char *target, const char *type, unsigned long mode,
          const char *data);
int umount(const char *target);
#ifdef __cplusplus
}
#endif
#elif !defined(__cplusplus)
#define mount phoenix_mount
#define umount phoenix_umount
#endif
#endif
