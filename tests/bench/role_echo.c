/*
 * The limit of the library: a plain libwebsockets wss echo on the same TLS library, one message a
 * write.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/bench/plain_server.h"
#include "tests/bench/roles.h"
#include "tests/bench/ws_driver.h"

#define ECHO_MESSAGE_MAX (1u << 17)
#define ECHO_QUEUE 512u

/* Messages that wait to be echoed, in order. */
struct echo_state {
    unsigned char *messages[ECHO_QUEUE];
    size_t sizes[ECHO_QUEUE];
    unsigned first, n;
    unsigned char *partial;
    size_t partial_size;
};

static int keep(struct echo_state *state, struct lws *wsi, const void *octets, size_t size)
{
    if (state->partial == NULL) {
        size_t room = size + lws_remaining_packet_payload(wsi);
        state->partial = malloc(LWS_PRE + (lws_is_final_fragment(wsi) ? room : ECHO_MESSAGE_MAX));
        state->partial_size = 0;
        if (state->partial == NULL)
            return -1;
    }
    if (state->partial_size + size > ECHO_MESSAGE_MAX || state->n == ECHO_QUEUE)
        return -1;
    memcpy(state->partial + LWS_PRE + state->partial_size, octets, size);
    state->partial_size += size;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) != 0)
        return 0;
    unsigned place = (state->first + state->n++) % ECHO_QUEUE;
    state->messages[place] = state->partial;
    state->sizes[place] = state->partial_size;
    state->partial = NULL;
    lws_callback_on_writable(wsi);
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t size)
{
    (void)user;
    struct echo_state *state = lws_context_user(lws_get_context(wsi));
    switch ((int)reason) {
    case LWS_CALLBACK_RECEIVE:
        return keep(state, wsi, in, size);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if (state->n == 0)
            return 0;
        unsigned char *message = state->messages[state->first];
        size_t message_size = state->sizes[state->first];
        state->first = (state->first + 1) % ECHO_QUEUE;
        state->n--;
        int written = lws_write(wsi, message + LWS_PRE, message_size, LWS_WRITE_BINARY);
        free(message);
        if (state->n > 0)
            lws_callback_on_writable(wsi);
        return written < 0 ? -1 : 0;
    default:
        return 0;
    }
}

int role_echo_server(int argc, char **argv)
{
    static struct echo_state state;
    const struct lws_protocols protocols[] = {
        {.name = "bench.echo", .callback = on_event, .rx_buffer_size = 65536},
        LWS_PROTOCOL_LIST_TERM};
    return plain_server_run(argc, argv, protocols, &state);
}

static size_t compose(void *user, unsigned index, size_t size, unsigned char *out)
{
    (void)user;
    memset(out, (int)(index & 0x7f), size);
    return size;
}

static int check(void *user, const char *message, size_t size)
{
    (void)user;
    (void)message;
    return size > 0;
}

int role_echo_client(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    const struct ws_target target = {.host = "localhost",
                                     .port = (int)strtol(argv[0], NULL, 10),
                                     .ca = argv[1],
                                     .subprotocol = "bench.echo",
                                     .compose = compose,
                                     .check = check,
                                     .message_max = ECHO_MESSAGE_MAX};
    return ws_driver(&target);
}
