/*
 * Who is at the other end of a session, by the kernel's word on a Unix socket, by its certificate
 * on a WebSocket; and what a mode, as a file has it, lets it do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define PRINCIPAL_NOBODY 0xffffffffu /* the uid and gid of who is on another host: never 0 */

struct principal {
    int32_t pid; /* -1 when on another host */
    uint32_t uid;
    uint32_t gid;
    uint64_t token; /* 0 when on another host */
    bool remote;
    char identity[256]; /* of its certificate; "" for a local one */
    char address[80];   /* for people: "pid 4711" or "192.0.2.7:4711" */
};

void principal_set_local(struct principal *principal, const struct ucred *credentials);
void principal_set_remote(struct principal *principal, const char *identity, const char *address);

/* Whether a service of @uid and @gid with @mode may be called: the write bit of its class, as for a
 * socket file. Root may always; who is remote has been judged when it was let in. */
bool principal_may_call(const struct principal *principal, uint32_t mode, uint32_t uid,
                        uint32_t gid);
