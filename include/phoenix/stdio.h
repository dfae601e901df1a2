/*
 * Phoenix-RTOS: streams of servers' files; to rename and to remove them.
 *
 * Source: docs/phoenix.md, "Files".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <stdio.h>

#if defined(VIADUCT_PHOENIX_FILES) && !defined(VIADUCT_PHOENIX_HOST_FILES) && !defined(__cplusplus)
#include <phoenix/files.h>
#undef fdopen
#undef fileno
#undef fopen
#undef freopen
#undef remove
#undef rename
#undef renameat
#define fdopen phoenix_fdopen
#define fileno phoenix_fileno
#define fopen phoenix_fopen
#define freopen phoenix_freopen
#define remove phoenix_remove
#define rename phoenix_rename
#define renameat phoenix_renameat
#endif
