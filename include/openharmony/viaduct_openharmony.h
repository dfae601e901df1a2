/*
 * What Viaduct adds to OpenHarmony's IPC Kit, which has no way to look a service up: stubs are
 * published under a name, and found by it, in this process, on this host, or on the host of the
 * gateway that VIADUCT_GATEWAY names.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "IPCKit/ipc_kit.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * via_openharmony_publish() - makes a stub known under a name, until it is withdrawn or the
 * process ends
 * @name: 1 to 255 octets of UTF-8
 * @stub: of this process; what is published keeps it alive, the handle may be destroyed
 *
 * Published again by itself when the gateway comes back.
 *
 * Return: VIA_OK
 *         VIA_INVALID        a name or a stub that is none, or a stub of another process
 *         VIA_EXISTS         somebody else has the name
 *         VIA_DENIED         a rule of the gateway forbids it
 *         VIA_NOT_CONNECTED  no gateway answers; via_openharmony_fault() says more
 * Thread: any.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_openharmony_publish(const char *name,
                                                                const OHIPCRemoteStub *stub);

/** via_openharmony_withdraw() - takes the name back; whoever holds the stub keeps it.
 * Return: VIA_OK, VIA_INVALID, VIA_NOT_FOUND, VIA_NOT_CONNECTED. Thread: any. */
VIA_PUBLIC enum via_status via_openharmony_withdraw(const char *name, const OHIPCRemoteStub *stub);

/**
 * via_openharmony_get() - a proxy by name
 * @name:    as published; "host/name" for another gateway's
 * @wait_ms: how long to wait for a name that is not there yet: 0 not at all, UINT32_MAX for ever
 * @proxyp:  set on VIA_OK; OH_IPCRemoteProxy_Destroy() it
 *
 * Return: VIA_OK
 *         VIA_NOT_FOUND      nobody published it in that time
 *         VIA_DENIED         a rule of the gateway forbids it
 *         VIA_NOT_CONNECTED  no gateway answers; via_openharmony_fault() says more
 *         VIA_INVALID, VIA_NO_MEMORY
 * Thread: any.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_openharmony_get(const char *name, uint32_t wait_ms,
                                                            OHIPCRemoteProxy **proxyp);

/** via_openharmony_fault() - why the gateway cannot be reached, in words that say what to do next;
 * copied to @words (NUL-terminated, cut to @size) */
VIA_PUBLIC void via_openharmony_fault(char *words, size_t size);

#ifdef __cplusplus
}
#endif
