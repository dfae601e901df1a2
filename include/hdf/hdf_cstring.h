/*
 * HDF: strings that are copied, and the number that stands for one.
 *
 * Source: docs/hdf.md, "Lists and strings"; the system's hdf_cstring.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** struct HdfCString - a string with its length, in one piece of memory */
struct HdfCString {
    int size;                    /* octets without the NUL */
    __extension__ char value[0]; /* NUL-terminated */
};

/** HdfStringMakeHashKey() - 31 bits of a sum over the octets (multiplier 131), or'ed with @mask;
 * @mask alone for NULL and "". Two strings may share one. */
uint32_t HdfStringMakeHashKey(const char *key, uint32_t mask);
/** HdfCStringObtain() - a copy; HdfCStringRecycle() it. NULL for NULL, for a string of more than
 * INT_MAX octets, and without memory. */
struct HdfCString *HdfCStringObtain(const char *str);
/** HdfCStringRecycle() - frees it; NULL is fine */
void HdfCStringRecycle(struct HdfCString *inst);
/** HdfStringCopy() - a copy; OsalMemFree() it. NULL for NULL, and without memory. */
char *HdfStringCopy(const char *src);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
