/*
 * What a driver host's processes tell each other: one datagram each on a socket pair, an sbuf
 * inside. The one that watches over all is the supervisor, the others, one a host of the
 * configuration, its children.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bridge/hdf/device.h"

#define HOST_TEXT_SIZE (DEVICE_INFO_MAX + 1)

enum host_message_kind {
    /* of a child: enum device_change, of the device @id */
    HOST_DEVICE = 1,
    /* of a child: all that is not for demand has been launched, or has failed */
    HOST_READY,
    /* of a child: what came of the request @serial */
    HOST_ANSWER,
    /* to a child: the device @id, which is for demand */
    HOST_LOAD,
    HOST_UNLOAD
};

struct host_message {
    enum host_message_kind kind;
    enum device_change change; /* DEVICE */
    uint32_t serial;           /* LOAD, UNLOAD, ANSWER */
    int32_t status;            /* ANSWER: of HDF's */
    uint32_t id;               /* DEVICE, LOAD, UNLOAD */
    uint16_t device_class;     /* DEVICE, and so are these; longer texts are cut */
    uint8_t policy;
    char name[HOST_TEXT_SIZE], service[HOST_TEXT_SIZE], info[HOST_TEXT_SIZE];
};

enum host_received {
    HOST_RECEIVED,
    HOST_NOTHING, /* none has come */
    HOST_ENDED    /* the other side has gone, or says what nobody understands */
};

/* Waits for room as long as it takes if @waits. False: it was not sent. Thread: any. */
bool host_message_send(int socket, const struct host_message *message, bool waits);
/* Does not wait. */
enum host_received host_message_receive(int socket, struct host_message *message);
