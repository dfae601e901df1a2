/*
 * A local principal is what SO_PEERCRED says. Linux has no access tokens, so the token is derived
 * from the uid: the same for all processes of a user, never 0, and told to the process itself in
 * its WELCOME, so that both sides see the same number.
 */
#include "gateway/principal.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_OF_USER (UINT64_C(1) << 32)

void principal_set_local(struct principal *principal, const struct ucred *credentials)
{
    memset(principal, 0, sizeof *principal);
    principal->pid = credentials->pid;
    principal->uid = credentials->uid;
    principal->gid = credentials->gid;
    principal->token = TOKEN_OF_USER | credentials->uid;
    (void)snprintf(principal->address, sizeof principal->address, "pid %d uid %u",
                   (int)credentials->pid, (unsigned)credentials->uid);
}

void principal_set_remote(struct principal *principal, const char *identity, const char *address)
{
    memset(principal, 0, sizeof *principal);
    principal->pid = -1;
    principal->uid = PRINCIPAL_NOBODY;
    principal->gid = PRINCIPAL_NOBODY;
    principal->remote = true;
    (void)snprintf(principal->identity, sizeof principal->identity, "%s", identity);
    (void)snprintf(principal->address, sizeof principal->address, "%s", address);
}

bool principal_may_call(const struct principal *principal, uint32_t mode, uint32_t uid,
                        uint32_t gid)
{
    if (principal->remote || principal->uid == 0)
        return true;
    if (principal->uid == uid)
        return (mode & 0200u) != 0;
    if (principal->gid == gid)
        return (mode & 0020u) != 0;
    return (mode & 0002u) != 0;
}
