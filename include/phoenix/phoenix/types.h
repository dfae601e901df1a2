/*
 * Phoenix-RTOS: what its sys/types.h has and Linux's has not. pid_t, mode_t, uid_t, gid_t, dev_t,
 * nlink_t, ino_t and time_t stay Linux's.
 *
 * Source: docs/phoenix.md, "Headers"; the system's phoenix/types.h.
 */
#pragma once

#include <phoenix/id_t.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
static_assert(sizeof(off_t) == 8, "off_t has 64 bits here: compile with -D_FILE_OFFSET_BITS=64");
#else
__extension__ _Static_assert(sizeof(off_t) == 8,
                             "off_t has 64 bits here: compile with -D_FILE_OFFSET_BITS=64");
#endif

/** oid_t - an object: the port of its server, and its number there. Programs compare it octet by
 * octet: those between the members are 0 in every one that the library makes. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its name there */
typedef struct _oid_t {
    uint32_t port;
    id_t id;
} oid_t;

/** handle_t - a mutex or a condition, from 1 */
typedef int handle_t;

/** addr_t - a physical address, as wide as a pointer */
typedef uintptr_t addr_t;

#ifndef off64_t /* in musl it may be a macro */
typedef off_t off64_t;
#endif
