/*
 * Memory: malloc's own, so that what one side allocates the other may free.
 */
#include "include/hdf/osal_mem.h"

#include <stdlib.h>

void *OsalMemAlloc(size_t size)
{
    return size == 0 ? NULL : malloc(size);
}

void *OsalMemCalloc(size_t size)
{
    return size == 0 ? NULL : calloc(1, size);
}

void *OsalMemAllocAlign(size_t alignment, size_t size)
{
    void *memory = NULL;
    if (size == 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return NULL;
    if (alignment < sizeof(void *)) /* the least that posix_memalign takes */
        alignment = sizeof(void *);
    return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}

void OsalMemFree(void *mem)
{
    free(mem);
}
