/*
 * The OpenHarmony kit between processes, three ways: service and client in one process, in two
 * processes at one gateway, and with the client at that gateway's TLS WebSocket. A test program
 * runs all its tests once each way, each in a process of its own, for a process has one node.
 */
#pragma once

#include <IPCKit/ipc_kit.h>
#include <stdbool.h>
#include <sys/types.h>
#include <viaduct_openharmony.h>

enum kit_way { KIT_HERE, KIT_UNIX, KIT_WSS };

/* The way of this process. */
enum kit_way kit_way(void);

/* What main() calls; @run runs the tests. */
int kit_world_main(int argc, char **argv, int (*run)(void));

/* A process of the test's own; its standard output has been read up to its first line. */
pid_t kit_start(const char *const *arguments, const char *const *environment);
/* Waits for its end; its wait status. */
int kit_wait(pid_t pid);

/* A service (kit_service.h), and a proxy of it. */
struct kit_peer {
    pid_t pid; /* 0: it is this process */
    char name[32];
    OHIPCRemoteStub *stub; /* where it is this process */
    OHIPCRemoteProxy *proxy;
};
void kit_peer_start(struct kit_peer *peer);
/* kill -9, and waits until it is gone; not where it is this process. */
void kit_peer_kill(struct kit_peer *peer);
/* Kills it if need be, and gives the handles back. */
void kit_peer_end(struct kit_peer *peer);

/* ---- calls ---- */

extern const OH_IPC_MessageOption kit_async;

/* A parcel with @n numbers; OH_IPCParcel_Destroy() it. */
OHIPCParcel *kit_numbers(size_t n, const int32_t *numbers);
/* Calls with one number and returns the one that comes back. */
int32_t kit_ask(const OHIPCRemoteProxy *proxy, uint32_t code, int32_t number);
/* Calls with @data, which it destroys; returns the error, *replyp is to be destroyed. */
int kit_call(const OHIPCRemoteProxy *proxy, uint32_t code, OHIPCParcel *data, OHIPCParcel **replyp);
/* Calls with a stub and a number; returns the error. */
int kit_pass(const OHIPCRemoteProxy *proxy, uint32_t code, const OHIPCRemoteStub *stub,
             int32_t number, const OH_IPC_MessageOption *option);
/* The proxy of a stub of this process. */
OHIPCRemoteProxy *kit_proxy_of(const OHIPCRemoteStub *stub);
void *kit_allocate(int32_t len);
void *kit_refuse(int32_t len);
