/*
 * Protocols, and interfaces, which are a name and a protocol: one of each in a process, for ever,
 * so that their references are pointers.
 */
#pragma once

#include "include/legato/le_messaging.h"

/* A node's and a gateway's max_frame_size has room for it, and for what is written around it. */
#define LEGATO_FRAME_SIZE_DEFAULT (16u << 20)
#define LEGATO_MESSAGE_SIZE_MIN (1u << 20) /* what can be sent in any case */

struct le_msg_Protocol {
    struct le_msg_Protocol *next;
    size_t size; /* of each message */
    char id[];
};

struct le_msg_Interface {
    struct le_msg_Interface *next;
    struct le_msg_Protocol *protocol;
    char name[];
};

/* The interface of that name; fatal, in the words of @function, where the name is too long, or the
 * protocol's messages are, by what is known of it then. */
struct le_msg_Interface *interface_of(struct le_msg_Protocol *protocol, const char *name,
                                      const char *function);
/* Fatal, in the words of @function, where its messages are over what the gateway takes; that is
 * known once there has been a connection. */
void interface_check_gateway(const struct le_msg_Interface *interface, const char *function);
