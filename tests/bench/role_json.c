/*
 * JSON-RPC calls over a TLS WebSocket, as a browser makes them: the payload is a string of the
 * order's size, echoed by the same service as the binary calls'.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/roles.h"
#include "tests/bench/ws_driver.h"

#define JSON_MESSAGE_MAX (1u << 18)

static size_t compose(void *user, unsigned index, size_t size, unsigned char *out)
{
    int head = snprintf((char *)out, 256,
                        "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"call\",\"params\":"
                        "{\"service\":\"%s\",\"code\":1,\"data\":[\"",
                        index, (const char *)user);
    memset(out + head, 'x', size);
    memcpy(out + head + size, "\"]}}", 4);
    return (size_t)head + size + 4;
}

static int check(void *user, const char *message, size_t size)
{
    (void)user;
    if (memmem(message, size, "\"result\"", 8) != NULL)
        return 1;
    fprintf(stderr, "bench: json: %.*s\n", (int)(size < 300 ? size : 300), message);
    return 0;
}

int role_json_client(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    const struct ws_target target = {.host = "localhost",
                                     .port = (int)strtol(argv[0], NULL, 10),
                                     .ca = argv[1],
                                     .cert = argv[2],
                                     .key = argv[3],
                                     .subprotocol = "viaduct.json.1",
                                     .text = 1,
                                     .compose = compose,
                                     .check = check,
                                     .message_max = JSON_MESSAGE_MAX,
                                     .user = argv[4]};
    return ws_driver(&target);
}
