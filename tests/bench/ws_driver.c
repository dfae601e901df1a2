/*
 * One message a call, written from the writable callback: how libwebsockets is used as its examples
 * say, so that it stands as the limit of what the library gives without coalescing.
 */
#include "tests/bench/ws_driver.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ws_state {
    const struct ws_target *target;
    struct lws *wsi;
    unsigned char *out;
    char *in;
    size_t in_size;
    int up, failed;
    const struct order *order;
    uint64_t *ns;
    unsigned started, ended;
};

static void receive(struct ws_state *state, struct lws *wsi, const void *octets, size_t size)
{
    if (state->in_size + size > state->target->message_max) {
        state->failed = 1;
        return;
    }
    memcpy(state->in + state->in_size, octets, size);
    state->in_size += size;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) != 0)
        return;
    if (state->order == NULL || state->ended >= state->order->n ||
        !state->target->check(state->target->user, state->in, state->in_size)) {
        state->failed = 1;
        return;
    }
    state->in_size = 0;
    state->ns[state->ended] = figures_now_ns() - state->ns[state->ended];
    state->ended++;
    if (state->started < state->order->n)
        lws_callback_on_writable(wsi);
}

static void write_next(struct ws_state *state, struct lws *wsi)
{
    const struct order *order = state->order;
    if (order == NULL || state->started >= order->n ||
        state->started - state->ended >= order->outstanding)
        return;
    const struct ws_target *target = state->target;
    size_t size = target->compose(target->user, state->started, order->size, state->out + LWS_PRE);
    state->ns[state->started++] = figures_now_ns();
    enum lws_write_protocol protocol = target->text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY;
    if (lws_write(wsi, state->out + LWS_PRE, size, protocol) < 0)
        state->failed = 1;
    if (state->started < order->n && state->started - state->ended < order->outstanding)
        lws_callback_on_writable(wsi);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t size)
{
    (void)user;
    struct ws_state *state = lws_context_user(lws_get_context(wsi));
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        state->up = 1;
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        fprintf(stderr, "bench: connect: %s\n", in == NULL ? "failed" : (const char *)in);
        state->failed = 1;
        break;
    case LWS_CALLBACK_CLIENT_CLOSED:
        state->failed = 1;
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        receive(state, wsi, in, size);
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        write_next(state, wsi);
        break;
    default:
        break;
    }
    return state->failed ? -1 : 0;
}

static int run(void *user, const struct order *order, uint64_t *ns)
{
    struct ws_state *state = user;
    state->order = order;
    state->ns = ns;
    state->started = 0;
    state->ended = 0;
    lws_callback_on_writable(state->wsi);
    while (state->ended < order->n && !state->failed)
        if (lws_service(lws_get_context(state->wsi), 0) < 0)
            return 1;
    state->order = NULL;
    return state->failed;
}

int ws_driver(const struct ws_target *target)
{
    const struct lws_protocols protocols[] = {
        {.name = target->subprotocol, .callback = on_event, .rx_buffer_size = 65536},
        LWS_PROTOCOL_LIST_TERM};
    struct ws_state state = {.target = target};
    state.out = calloc(1, LWS_PRE + target->message_max);
    state.in = calloc(1, target->message_max);
    if (state.out == NULL || state.in == NULL) {
        free(state.out);
        free(state.in);
        return 1;
    }
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .client_ssl_ca_filepath = target->ca,
        .client_ssl_cert_filepath = target->cert,
        .client_ssl_private_key_filepath = target->key,
        .pt_serv_buf_size = 65536,
        .user = &state,
    };
    struct lws_context *context = lws_create_context(&info);
    if (context == NULL) {
        free(state.out);
        free(state.in);
        return 1;
    }
    struct lws_client_connect_info connect = {
        .context = context,
        .address = target->host,
        .host = target->host,
        .port = target->port,
        .path = "/",
        .protocol = target->subprotocol,
        .local_protocol_name = target->subprotocol,
        .ssl_connection = LCCSCF_USE_SSL,
        .pwsi = &state.wsi,
    };
    lws_client_connect_via_info(&connect);
    while (!state.up && !state.failed)
        if (lws_service(context, 0) < 0)
            break;
    int result = state.up && !state.failed ? driver_serve(run, &state) : 1;
    lws_context_destroy(context);
    free(state.out);
    free(state.in);
    return result;
}
