/*
 * libwebsockets reads certificate and key once, when its vhost is made, and destroys a vhost's
 * connections with it. So a renewed certificate is a second entrance beside the first, which goes
 * when the last connection and the last link that came through it have gone. That may be told from
 * within libwebsockets, so it goes by a task of the loop.
 */
#include "bridge/wss_entrance.h"

#include <stdio.h>
#include <stdlib.h>

static void unused(struct loop_task *task)
{
    struct wss_entrance *entrance =
        (struct wss_entrance *)((char *)task - offsetof(struct wss_entrance, unused));
    (void)wss_entrance_destroy(entrance);
}

static enum via_status open_vhost(struct wss_entrance *entrance,
                                  const struct wss_identity *identity,
                                  const struct lws_protocols *protocols, char *words,
                                  size_t words_size)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .vhost_name = "viaduct",
        .protocols = protocols,
        /* A certificate is asked for and not required: who has none, or a bad one, is told so. */
        .options = LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT |
                   LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .ssl_cert_filepath = identity->cert,
        .ssl_private_key_filepath = identity->key,
        .ssl_cipher_list = WSS_CIPHERS_1_2,
        .tls1_3_plus_cipher_list = WSS_CIPHERS_1_3,
        .ssl_options_set = WSS_TLS_OPTIONS,
        .alpn = "http/1.1",
        .keepalive_timeout = WSS_KEEPALIVE_SECONDS,
    };
    entrance->vhost = lws_create_vhost(entrance->engine.lws, &info);
    if (entrance->vhost != NULL)
        return VIA_OK;
    (void)snprintf(words, words_size, "TLS cannot use certificate %s with key %s", identity->cert,
                   identity->key);
    return VIA_BAD_CERTIFICATE;
}

enum via_status wss_entrance_create(struct wss_entrance **entrancep, struct loop *loop,
                                    const struct wss_identity *identity,
                                    const struct lws_protocols *protocols, char *words,
                                    size_t words_size)
{
    enum via_status status =
        tls_check_identity(identity->cert, identity->key, TLS_SERVER, words, words_size);
    if (status != VIA_OK)
        return status;
    struct wss_entrance *entrance = calloc(1, sizeof *entrance);
    if (entrance == NULL)
        return VIA_NO_MEMORY;
    entrance->unused.run = unused;
    status = wss_engine_open(&entrance->engine, loop, 0);
    entrance->engine.shakes = true;
    if (status == VIA_OK)
        status = open_vhost(entrance, identity, protocols, words, words_size);
    if (status != VIA_OK) {
        (void)wss_entrance_destroy(entrance);
        return status;
    }
    *entrancep = entrance;
    return VIA_OK;
}

void wss_entrance_retire(struct wss_entrance *entrance, struct wss_entrance **list)
{
    entrance->next = *list;
    entrance->linkp = list;
    if (entrance->next != NULL)
        entrance->next->linkp = &entrance->next;
    *list = entrance;
    entrance->engine.idle = &entrance->unused;
    if (entrance->engine.n_users == 0)
        loop_defer(entrance->engine.loop, &entrance->unused);
}

struct wss_entrance *wss_entrance_destroy(struct wss_entrance *entrance)
{
    if (entrance == NULL)
        return NULL;
    if (entrance->linkp != NULL) {
        *entrance->linkp = entrance->next;
        if (entrance->next != NULL)
            entrance->next->linkp = entrance->linkp;
    }
    entrance->engine.idle = NULL;
    if (entrance->engine.loop != NULL)
        loop_undefer(entrance->engine.loop, &entrance->unused);
    wss_engine_close(&entrance->engine);
    free(entrance);
    return NULL;
}
