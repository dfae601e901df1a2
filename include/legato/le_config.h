/*
 * Legato: which parts of the framework there are. What is off is undefined, not 0.
 *
 * Source: docs/legato.md, "Headers"; the framework's generated le_config.h.
 */
#pragma once

#include <stddef.h>

#define LE_CONFIG_LINUX 1
#define LE_CONFIG_POSIX 1
#define LE_CONFIG_FILESYSTEM 1

#define LE_CONFIG_EVENT_NAMES_ENABLED 1
#define LE_CONFIG_FD_MONITOR_NAMES_ENABLED 1
#define LE_CONFIG_HASHMAP_NAMES_ENABLED 1
#define LE_CONFIG_MEM_POOL_NAMES_ENABLED 1
#define LE_CONFIG_MUTEX_NAMES_ENABLED 1
#define LE_CONFIG_SAFE_REF_NAMES_ENABLED 1
#define LE_CONFIG_SEM_NAMES_ENABLED 1
#define LE_CONFIG_THREAD_NAMES_ENABLED 1
#define LE_CONFIG_TIMER_NAMES_ENABLED 1

#define LE_CONFIG_MEM_POOLS 1
#define LE_CONFIG_MEM_ALLOC_FORCE 1

/** LE_FULL_API - before what only full systems have: all of it is here */
#define LE_FULL_API
