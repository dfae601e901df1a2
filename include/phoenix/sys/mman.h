/*
 * Phoenix-RTOS: memory maps. There MAP_ANONYMOUS is enough; Linux wants to hear whether the map is
 * private as well, so it says so here. Physical memory is not to be had: what asks for it fails.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <sys/mman.h>

#ifndef VIADUCT_PHOENIX_HOST_FILES

#undef MAP_ANON
#undef MAP_ANONYMOUS
#define MAP_ANONYMOUS (0x20 | MAP_PRIVATE)
#define MAP_ANON MAP_ANONYMOUS

/** MAP_PHYSMEM - no kind of map that Linux has: EINVAL */
#define MAP_PHYSMEM 0x0f

/** _PAGE_SIZE - what Phoenix-RTOS calls a page, whatever the machine's is */
#define _PAGE_SIZE 4096

/** phoenix_mmap_() - mmap(): shared anonymous memory is shared, though MAP_ANONYMOUS says private
 */
static inline void *phoenix_mmap_(void *vaddr, size_t size, int prot, int flags, int fildes,
                                  off_t offs)
{
    const int both = MAP_ANONYMOUS | MAP_SHARED;
    if ((flags & (both | MAP_PHYSMEM)) == both)
        flags &= ~MAP_PRIVATE;
    return mmap(vaddr, size, prot, flags, fildes, offs);
}
#define mmap phoenix_mmap_

#include <phoenix/files.h>
#if !defined(__cplusplus) && !defined(VIADUCT_PHOENIX_WRAPPED)
#define shm_open phoenix_host_shm_open
#endif

#endif
