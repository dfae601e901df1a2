/*
 * Handles inside. A handle is a small wrapper of its own: every read of a reference makes a new
 * one. What all handles to one object share is the core's proxy, of which a process has one for
 * each object, and the family's word beside it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/node.h>

#include "include/openharmony/IPCKit/ipc_cremote_object.h"

struct OHIPCRemoteProxy {
    struct via_proxy *object; /* owned, one count */
};

struct OHIPCRemoteStub {
    struct via_stub *stub;    /* owned, one count; NULL for an object of another process */
    struct via_proxy *object; /* owned, one count; NULL for one of this process */
};

/* New handles; each takes a count of its own. NULL when out of memory. */
struct OHIPCRemoteProxy *remote_proxy_wrap(struct via_proxy *object);
struct OHIPCRemoteStub *remote_stub_wrap(struct via_proxy *object);

/* The proxy that stands for the handle's object; a new count. */
struct via_proxy *remote_stub_object(const struct OHIPCRemoteStub *stub);

/* This process's node, with as many workers as the kit promises. NULL when out of memory. */
struct via_node *remote_node(void);

/* ---- stubs of this family ---- */

/* The request every stub of this family answers with its descriptor, as an interface token. */
#define REMOTE_DESCRIPTOR_CODE 0x5f4e5446u /* '_NTF' */
#define REMOTE_DESCRIPTOR_MAX 204800u

struct remote_stub;

/* What is behind a stub of this family, or NULL for another's. */
struct remote_stub *remote_stub_of(const struct via_stub *stub);
const char *remote_stub_descriptor(const struct remote_stub *stub);
/* Runs its handler on this thread; returns its result, filtered. */
int remote_stub_handle(struct remote_stub *stub, uint32_t code, const OHIPCParcel *data,
                       OHIPCParcel *reply);
/* Waits until no handler of this process runs a request from another one, @timeout_ms at most. */
void remote_stub_drain(uint32_t timeout_ms);

/* ---- what handles to one object of another process share ---- */

struct remote_object;

/* Of @object, made at first use; borrowed, lives as long as @object. NULL when out of memory. */
struct remote_object *remote_object_of(struct via_proxy *object);
/* The descriptor, if it is known: NUL-terminated, lives as long as the object. Else NULL. */
const char *remote_object_descriptor(struct remote_object *remote);
/* Keeps a copy of what the object answered, and returns what is kept: the first one counts. NULL
 * when out of memory. */
const char *remote_object_set_descriptor(struct remote_object *remote, const char *descriptor);

/* A string into memory of the program's allocator: OH_IPC_SUCCESS or OH_IPC_MEM_ALLOCATOR_ERROR. */
int remote_give_string(const char *string, char **stringp, int32_t *lenp,
                       OH_IPC_MemAllocator allocator);
