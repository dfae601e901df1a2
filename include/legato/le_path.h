/*
 * Legato: paths, whatever separates their nodes. Any pthread.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_path.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

/** le_path_GetDir() - up to the last separator, and with it. LE_OK; LE_OVERFLOW: no room for it */
LE_SHARED le_result_t le_path_GetDir(const char *pathPtr, const char *separatorPtr, char *dirPtr,
                                     size_t dirBuffSize);
/** le_path_GetBasenamePtr() - what stands behind the last separator, in @pathPtr itself */
LE_SHARED char *le_path_GetBasenamePtr(const char *pathPtr, const char *separatorPtr);
/** le_path_Concat() - (separator, path, its size, segments, (char *)NULL): the segments behind what
 * @pathPtr has, one separator between two. LE_OK; LE_OVERFLOW: what fits is there, no part of a
 * character or a separator */
LE_SHARED le_result_t le_path_Concat(const char *separatorPtr, char *pathPtr, size_t pathSize, ...)
    __attribute__((sentinel));
/** le_path_IsSubpath() - whether @path2Ptr is below @path1Ptr */
LE_SHARED bool le_path_IsSubpath(const char *path1Ptr, const char *path2Ptr,
                                 const char *separatorPtr);
/** le_path_IsEquivalent() - whether they differ in separators at the end alone */
LE_SHARED bool le_path_IsEquivalent(const char *path1Ptr, const char *path2Ptr,
                                    const char *separatorPtr);
/** le_path_FindTrailing() - where @extPtr begins, with which @pathPtr ends; NULL */
LE_SHARED char *le_path_FindTrailing(const char *pathPtr, const char *extPtr);

#ifdef __cplusplus
}
#endif
