/*
 * An address is taken as it is written; only its scheme is looked at, since whoever connects checks
 * the rest and can say what is wrong with it.
 */
#include "bridge/gateway_address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNIX_SCHEME "unix:"
#define WSS_SCHEME "wss://"

static enum via_status default_text(char *text, size_t size)
{
    const char *folder = secure_getenv("XDG_RUNTIME_DIR");
    int n;
    if (geteuid() != 0 && folder != NULL && folder[0] == '/')
        n = snprintf(text, size, UNIX_SCHEME "%s/viaduct.sock", folder);
    else
        n = snprintf(text, size, UNIX_SCHEME "/run/viaduct/viaduct.sock");
    return n > 0 && (size_t)n < size ? VIA_OK : VIA_INVALID;
}

enum via_status gateway_address_parse(const char *text, struct gateway_address *addressp)
{
    struct gateway_address address = {0};
    if (text == NULL || text[0] == '\0') {
        enum via_status status = default_text(address.text, sizeof address.text);
        if (status != VIA_OK)
            return status;
    } else {
        size_t size = strlen(text);
        if (size >= sizeof address.text)
            return VIA_INVALID;
        memcpy(address.text, text, size + 1);
    }
    address.wss = strncmp(address.text, WSS_SCHEME, strlen(WSS_SCHEME)) == 0;
    bool named = address.wss ? address.text[strlen(WSS_SCHEME)] != '\0'
                             : strncmp(address.text, UNIX_SCHEME, strlen(UNIX_SCHEME)) == 0 &&
                                   address.text[strlen(UNIX_SCHEME)] != '\0';
    if (!named)
        return VIA_INVALID;
    *addressp = address;
    addressp->path = address.wss ? NULL : addressp->text + strlen(UNIX_SCHEME);
    return VIA_OK;
}
