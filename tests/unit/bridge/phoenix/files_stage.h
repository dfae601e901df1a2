/*
 * Where files are tested without a gateway: the linker puts a small server in the place of
 * msgSend(), and a root that can be taken away in that of the registry.
 */
#pragma once

#include <stdbool.h>
#include <sys/msg.h>

#include "tests/unit/bridge/phoenix/small_server.h"

#define PORT 0x40000007u

extern bool has_root;
extern bool is_dead;              /* the server: messages cannot be delivered */
extern int interrupt;             /* so many messages get -EINTR */
extern char host[64];             /* a directory of the host's */
extern void (*twist)(msg_t *msg); /* what the server answered is that in its place; or NULL */

int set_up(void **state);
int tear_down(void **state);

void put(const char *path, const char *text);
void assert_holds(const char *path, const char *text);
/* -1, and why. */
void assert_fails(long result, int error);
