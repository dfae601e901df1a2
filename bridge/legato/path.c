/*
 * Paths: strings in which a separator, of one or several octets, stands between nodes.
 */
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "include/legato/le_path.h"
#include "include/legato/le_utf8.h"

/* Behind the last separator of @path, or its beginning. */
static const char *behind_last(const char *path, const char *separator)
{
    size_t size = strlen(separator);
    const char *rest = path;
    for (const char *found = path; size > 0 && (found = strstr(found, separator)) != NULL;) {
        found += size;
        rest = found;
    }
    return rest;
}

le_result_t le_path_GetDir(const char *pathPtr, const char *separatorPtr, char *dirPtr,
                           size_t dirBuffSize)
{
    size_t size = (size_t)(behind_last(pathPtr, separatorPtr) - pathPtr);
    if (size >= dirBuffSize)
        return LE_OVERFLOW;
    memcpy(dirPtr, pathPtr, size);
    dirPtr[size] = '\0';
    return LE_OK;
}

char *le_path_GetBasenamePtr(const char *pathPtr, const char *separatorPtr)
{
    return (char *)(uintptr_t)behind_last(pathPtr, separatorPtr);
}

static bool ends_with(const char *text, size_t size, const char *end, size_t end_size)
{
    return size >= end_size && memcmp(text + size - end_size, end, end_size) == 0;
}

/* Without the separators at its end. */
static size_t trimmed(const char *path, size_t size, const char *separator)
{
    size_t separator_size = strlen(separator);
    while (separator_size > 0 && ends_with(path, size, separator, separator_size))
        size -= separator_size;
    return size;
}

static const char *without_leading(const char *path, const char *separator)
{
    size_t size = strlen(separator);
    while (size > 0 && strncmp(path, separator, size) == 0)
        path += size;
    return path;
}

/* One segment behind @path, a separator between when there is something before. */
static le_result_t append(char *path, size_t path_size, const char *separator, const char *segment)
{
    size_t used = strlen(path);
    bool is_root = used > 0 && trimmed(path, used, separator) == 0;
    if (used > 0)
        segment = without_leading(segment, separator);
    size_t segment_size = trimmed(segment, strlen(segment), separator);
    if (used == 0 && segment_size == 0) /* nothing but separators: the root */
        segment_size = strlen(segment) < strlen(separator) ? 0 : strlen(separator);
    if (segment_size == 0)
        return LE_OK;
    if (used > 0 && !is_root) {
        if (strlen(separator) >= path_size - used)
            return LE_OVERFLOW;
        (void)le_utf8_Append(path, separator, path_size, &used);
    }
    char *target = path + used;
    le_result_t result = le_utf8_Copy(target, segment, path_size - used, NULL);
    size_t copied = strlen(target);
    if (copied >= segment_size) {
        target[segment_size] = '\0';
        result = LE_OK;
    }
    return result;
}

le_result_t le_path_Concat(const char *separatorPtr, char *pathPtr, size_t pathSize, ...)
{
    if (pathSize == 0)
        return LE_OVERFLOW;
    size_t size = strnlen(pathPtr, pathSize - 1);
    size_t kept = trimmed(pathPtr, size, separatorPtr);
    if (kept == 0 && size > 0) /* the root stays one */
        kept = strlen(separatorPtr);
    pathPtr[kept] = '\0';

    le_result_t result = LE_OK;
    va_list segments;
    va_start(segments, pathSize);
    for (const char *segment = va_arg(segments, const char *); segment != NULL && result == LE_OK;
         segment = va_arg(segments, const char *))
        result = append(pathPtr, pathSize, separatorPtr, segment);
    va_end(segments);
    return result;
}

bool le_path_IsSubpath(const char *path1Ptr, const char *path2Ptr, const char *separatorPtr)
{
    size_t size1 = trimmed(path1Ptr, strlen(path1Ptr), separatorPtr);
    size_t size2 = trimmed(path2Ptr, strlen(path2Ptr), separatorPtr);
    return size2 > size1 && memcmp(path1Ptr, path2Ptr, size1) == 0 &&
           strncmp(path2Ptr + size1, separatorPtr, strlen(separatorPtr)) == 0;
}

bool le_path_IsEquivalent(const char *path1Ptr, const char *path2Ptr, const char *separatorPtr)
{
    size_t size1 = trimmed(path1Ptr, strlen(path1Ptr), separatorPtr);
    size_t size2 = trimmed(path2Ptr, strlen(path2Ptr), separatorPtr);
    return size1 == size2 && memcmp(path1Ptr, path2Ptr, size1) == 0 &&
           (size1 > 0 || (*path1Ptr == '\0') == (*path2Ptr == '\0'));
}

char *le_path_FindTrailing(const char *pathPtr, const char *extPtr)
{
    size_t size = strlen(pathPtr);
    size_t ext_size = strlen(extPtr);
    if (!ends_with(pathPtr, size, extPtr, ext_size))
        return NULL;
    return (char *)(uintptr_t)(pathPtr + size - ext_size);
}
