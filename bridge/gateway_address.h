/*
 * Where a gateway is: unix:PATH or wss://host:port.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <viaduct/status.h>

#define GATEWAY_ADDRESS_MAX 1024u

struct gateway_address {
    bool wss;
    char text[GATEWAY_ADDRESS_MAX]; /* as given */
    const char *path;               /* of the socket; points into text; NULL for wss */
};

/* NULL takes the default: unix:$XDG_RUNTIME_DIR/viaduct.sock, or unix:/run/viaduct/viaduct.sock for
 * root. VIA_INVALID for what is no address. */
VIA_MUST_USE enum via_status gateway_address_parse(const char *text,
                                                   struct gateway_address *addressp);
