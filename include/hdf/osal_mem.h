/*
 * HDF, operating system: memory. It is malloc's and free's: either may be mixed with these.
 *
 * Source: docs/hdf.md, "Operating system"; the system's osal_mem.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** OsalMemAlloc() - so many octets, or NULL: for 0, and without memory */
void *OsalMemAlloc(size_t size);
/** OsalMemCalloc() - as OsalMemAlloc(), all zero */
void *OsalMemCalloc(size_t size);
/** OsalMemAllocAlign() - as OsalMemAlloc(), at a multiple of @alignment; NULL if that is no power
 * of two */
void *OsalMemAllocAlign(size_t alignment, size_t size);
/** OsalMemFree() - frees what the others gave; NULL is fine */
void OsalMemFree(void *mem);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
