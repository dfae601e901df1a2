/*
 * Strings that are copied, each in one piece of memory, and the number that stands for one.
 */
#include "include/hdf/hdf_cstring.h"

#include <stdlib.h>

#define HASH_MULTIPLIER 131u
#define HASH_BITS 0x7fffffffu

uint32_t HdfStringMakeHashKey(const char *key, uint32_t mask)
{
    uint32_t sum = 0;
    if (key != NULL)
        for (; *key != '\0'; key++)
            sum = sum * HASH_MULTIPLIER + (unsigned char)*key; /* as where char has no sign: ARM */
    return (sum & HASH_BITS) | mask;
}

struct HdfCString *HdfCStringObtain(const char *str)
{
    if (str == NULL)
        return NULL;
    size_t size = strlen(str);
    if (size > INT_MAX)
        return NULL;
    struct HdfCString *copy = malloc(sizeof *copy + size + 1);
    if (copy == NULL)
        return NULL;
    copy->size = (int)size;
    memcpy((char *)copy + offsetof(struct HdfCString, value), str, size + 1);
    return copy;
}

void HdfCStringRecycle(struct HdfCString *inst)
{
    free(inst);
}

char *HdfStringCopy(const char *src)
{
    return src == NULL ? NULL : strdup(src);
}
