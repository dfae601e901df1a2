/*
 * Phoenix-RTOS: fcntl.h with its flags. -DVIADUCT_PHOENIX_HOST_FILES leaves Linux's.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <fcntl.h>

#ifndef VIADUCT_PHOENIX_HOST_FILES
#include <phoenix/files.h>
#include <phoenix/posix-fcntl.h>

#if !defined(__cplusplus) && !defined(VIADUCT_PHOENIX_WRAPPED)
/* What takes or gives flags. Members of these names have the others as well, from here on. */
#undef creat
#undef fcntl
#undef open
#undef openat
#define fcntl phoenix_fcntl
#ifdef VIADUCT_PHOENIX_FILES
#define creat phoenix_creat
#define open phoenix_open
#define openat phoenix_openat
#else
#define creat phoenix_host_creat
#define open phoenix_host_open
#define openat phoenix_host_openat
#endif
#endif
#endif
